import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { type ResourceKind, resourceKey } from './kinds.ts';
import { formatTime, type KubeObject, sameJson } from './objects.ts';
import { alreadyExists, conflict, expired, notFound } from './status-error.ts';

/** A change of one object, with what it was before. */
export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resourceVersion: number;
  readonly resource: string;
  readonly key: string;
  /** State after the change; for DELETED the last one, with the deletion's resourceVersion. */
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
}

/** Objects with one counter of versions over all of them, and the history a watch can start from. */
export interface Storage {
  readonly resourceVersion: number;
  get(kind: ResourceKind, namespace: string, name: string): KubeObject | undefined;
  /** All objects of a kind, by namespace and name. `namespace` empty: all. */
  list(kind: ResourceKind, namespace: string): KubeObject[];
  /** The list as it stood at an earlier version. @throws StatusError 410 */
  listAt(kind: ResourceKind, namespace: string, resourceVersion: number): KubeObject[];
  create(kind: ResourceKind, object: KubeObject): KubeObject;
  /** Refuses what `create` and `update` would refuse, and keeps nothing. @throws StatusError 404, 409 */
  assertCreatable(kind: ResourceKind, object: KubeObject): void;
  assertUpdatable(kind: ResourceKind, object: KubeObject): void;
  /** Replaces an object. An update that changes nothing keeps its version. @throws StatusError 404, 409 */
  update(kind: ResourceKind, object: KubeObject): KubeObject;
  remove(kind: ResourceKind, namespace: string, name: string): KubeObject;
  /** Events of a kind after a version, oldest first. @throws StatusError 410 */
  since(kind: ResourceKind, resourceVersion: number): StoreEvent[];
  subscribe(listener: (event: StoreEvent) => void): () => void;
  /** Forgets the history, as etcd's compaction does: older versions are answered with 410 from now on. */
  compact(): void;
}

/** Events that are kept, unless `compact` is called. */
const HISTORY_LENGTH = 20_000;

const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`;

/** Creates an empty store. */
export function createStorage(clock: Clock): Storage {
  const tables = new Map<string, Map<string, KubeObject>>();
  const history: StoreEvent[] = [];
  const listeners = new Set<(event: StoreEvent) => void>();
  let version = 1;
  let compacted = 0;

  function table(kind: ResourceKind): Map<string, KubeObject> {
    const key = resourceKey(kind);
    let found = tables.get(key);
    if (!found) {
      found = new Map();
      tables.set(key, found);
    }
    return found;
  }

  function assertCreatable(kind: ResourceKind, { metadata: { name, namespace = '' } }: KubeObject): void {
    if (table(kind).has(keyOf(namespace, name))) throw alreadyExists(kind.resource, kind.group, name);
  }

  /** The object that one may take the place of. */
  function updatable(kind: ResourceKind, { metadata }: KubeObject): KubeObject {
    const { name, namespace = '', resourceVersion } = metadata;
    const previous = table(kind).get(keyOf(namespace, name));
    if (!previous) throw notFound(kind.resource, kind.group, name);
    if (
      resourceVersion !== undefined &&
      resourceVersion !== '' &&
      resourceVersion !== previous.metadata.resourceVersion
    ) {
      throw conflict(kind.resource, kind.group, name);
    }
    return previous;
  }

  function publish(event: StoreEvent): void {
    history.push(event);
    if (history.length > HISTORY_LENGTH) compacted = history.shift()?.resourceVersion ?? compacted;
    for (const listener of [...listeners]) listener(event);
  }

  function sorted(objects: Map<string, KubeObject>, namespace: string): KubeObject[] {
    return [...objects]
      .filter(([, object]) => namespace === '' || object.metadata.namespace === namespace)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  function checkVersion(resourceVersion: number): void {
    if (resourceVersion < compacted) throw expired(resourceVersion, compacted);
  }

  return {
    get resourceVersion() {
      return version;
    },
    get: (kind, namespace, name) => table(kind).get(keyOf(namespace, name)),
    list: (kind, namespace) => sorted(table(kind), namespace),
    listAt(kind, namespace, resourceVersion) {
      checkVersion(resourceVersion);
      const objects = new Map(table(kind));
      const resource = resourceKey(kind);
      for (let i = history.length - 1; i >= 0; i--) {
        const event = history[i] as StoreEvent;
        if (event.resourceVersion <= resourceVersion) break;
        if (event.resource !== resource) continue;
        if (event.previous) objects.set(event.key, event.previous);
        else objects.delete(event.key);
      }
      return sorted(objects, namespace);
    },
    assertCreatable,
    assertUpdatable: (kind, object) => void updatable(kind, object),
    create(kind, object) {
      const { name, namespace = '' } = object.metadata;
      const key = keyOf(namespace, name);
      assertCreatable(kind, object);
      const objects = table(kind);
      version += 1;
      const stored: KubeObject = {
        ...object,
        metadata: {
          ...object.metadata,
          uid: randomUUID(),
          resourceVersion: String(version),
          creationTimestamp: formatTime(clock.now()),
        },
      };
      objects.set(key, stored);
      publish({
        type: 'ADDED',
        resourceVersion: version,
        resource: resourceKey(kind),
        key,
        object: stored,
        previous: undefined,
      });
      return stored;
    },
    update(kind, object) {
      const { name, namespace = '' } = object.metadata;
      const key = keyOf(namespace, name);
      const objects = table(kind);
      const previous = updatable(kind, object);
      const current = previous.metadata.resourceVersion;
      const next: KubeObject = { ...object, metadata: { ...object.metadata, resourceVersion: current ?? '' } };
      if (sameJson(next, previous)) return previous;
      version += 1;
      const stored: KubeObject = { ...next, metadata: { ...next.metadata, resourceVersion: String(version) } };
      objects.set(key, stored);
      publish({
        type: 'MODIFIED',
        resourceVersion: version,
        resource: resourceKey(kind),
        key,
        object: stored,
        previous,
      });
      return stored;
    },
    remove(kind, namespace, name) {
      const key = keyOf(namespace, name);
      const objects = table(kind);
      const previous = objects.get(key);
      if (!previous) throw notFound(kind.resource, kind.group, name);
      objects.delete(key);
      version += 1;
      const last: KubeObject = { ...previous, metadata: { ...previous.metadata, resourceVersion: String(version) } };
      publish({
        type: 'DELETED',
        resourceVersion: version,
        resource: resourceKey(kind),
        key,
        object: last,
        previous,
      });
      return last;
    },
    since(kind, resourceVersion) {
      checkVersion(resourceVersion);
      const resource = resourceKey(kind);
      return history.filter((event) => event.resourceVersion > resourceVersion && event.resource === resource);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    compact() {
      compacted = version;
      history.length = 0;
    },
  };
}
