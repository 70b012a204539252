import type { Cluster } from './call.ts';
import type { ResourceKind } from './kinds.ts';
import { formatTime, jsonAt, type KubeObject } from './objects.ts';

/** Gives a namespace its default service account and root CA; empties and removes one that is being deleted. */
export function reconcileNamespace(cluster: Cluster, namespace: KubeObject): void {
  const { storage, kinds } = cluster;
  const { name } = namespace.metadata;
  if (namespace.metadata.deletionTimestamp !== undefined) {
    if (emptyNamespace(cluster, name) > 0) return;
    const kind = kinds.findResource('', 'namespaces') as ResourceKind;
    storage.update(kind, { ...namespace, spec: { ...jsonAt(namespace, 'spec'), finalizers: [] } });
    storage.remove(kind, '', name);
    return;
  }
  const accounts = kinds.findResource('', 'serviceaccounts') as ResourceKind;
  if (!storage.get(accounts, name, 'default')) {
    storage.create(accounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: name },
    });
  }
}

/** Deletes the contents; returns how many objects are still there. */
function emptyNamespace({ storage, kinds, clock }: Cluster, name: string): number {
  let left = 0;
  for (const kind of kinds.all()) {
    if (!kind.namespaced || !kind.verbs.includes('delete')) continue;
    for (const object of storage.list(kind, name)) {
      if (kind.resource !== 'pods' && (object.metadata.finalizers ?? []).length === 0) {
        storage.remove(kind, name, object.metadata.name);
        continue;
      }
      left += 1;
      if (object.metadata.deletionTimestamp !== undefined) continue;
      const deletionTimestamp = formatTime(clock.now());
      storage.update(kind, {
        ...object,
        metadata: { ...object.metadata, deletionTimestamp, deletionGracePeriodSeconds: 0 },
      });
    }
  }
  return left;
}
