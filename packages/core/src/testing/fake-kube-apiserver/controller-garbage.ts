import type { Cluster } from './call.ts';
import { formatTime, type KubeObject } from './objects.ts';

/** Deletes what belonged to a deleted object, unless its owner asked to orphan them. */
export function collectGarbage({ storage, kinds, clock }: Cluster, owner: KubeObject): void {
  const isOrphaning = owner.metadata.finalizers?.includes('orphan') === true;
  const seen = new Set<string>();
  for (const kind of kinds.all()) {
    if (!kind.verbs.includes('delete') || seen.has(`${kind.group}/${kind.resource}`)) continue;
    seen.add(`${kind.group}/${kind.resource}`);
    for (const object of storage.list(kind, owner.metadata.namespace ?? '')) {
      const references = object.metadata.ownerReferences ?? [];
      if (!references.some((one) => one.uid === owner.metadata.uid)) continue;
      const left = references.filter((one) => one.uid !== owner.metadata.uid);
      if (isOrphaning || left.length > 0) {
        storage.update(kind, { ...object, metadata: { ...object.metadata, ownerReferences: left } });
      } else if (kind.resource === 'pods' && object.metadata.deletionTimestamp === undefined) {
        const deletionTimestamp = formatTime(clock.now());
        storage.update(kind, {
          ...object,
          metadata: { ...object.metadata, deletionTimestamp, deletionGracePeriodSeconds: 30 },
        });
      } else if (kind.resource !== 'pods') {
        storage.remove(kind, object.metadata.namespace ?? '', object.metadata.name);
      }
    }
  }
}
