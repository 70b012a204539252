import { isObject, type JsonObject, ownValue } from './json.ts';

/** Fields of the metadata that the API server sets by itself: they say nothing of what was asked for. */
const SERVER_MANAGED: ReadonlySet<string> = new Set([
  ...['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp', 'selfLink'],
  ...['deletionTimestamp', 'deletionGracePeriodSeconds'],
]);

/**
 * Annotations in which tools keep a copy of the object, or of a token in it: what is in them stands in the object too, or must
 * not stand in the audit log at all. And the one in which a controller counts.
 */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'deployment.kubernetes.io/revision',
  'kubectl.kubernetes.io/last-applied-configuration',
  'banzaicloud.com/last-applied',
  'kapp.k14s.io/original',
  'objectset.rio.cattle.io/applied',
  'openshift.io/token-secret.value',
]);

/**
 * An object as a change speaks of it: without what the API server manages, without copies of itself, and without the status
 * unless that is what was written.
 */
export function tidyObject(object: JsonObject, isStatusWrite: boolean): JsonObject {
  return withEntries(object, (name, value) => {
    if (name === 'status' && !isStatusWrite) return undefined;
    return name === 'metadata' && isObject(value) ? tidyMetadata(value) : value;
  });
}

/** Whether a path (RFC 6901, split) leads into what {@link tidyObject} leaves out or hides by dropping it. */
export function isLeftOut(path: readonly string[]): boolean {
  const [first, second, third] = path;
  if (first !== 'metadata') return false;
  return SERVER_MANAGED.has(second ?? '') || (second === 'annotations' && LEFT_OUT.has(third ?? ''));
}

function tidyMetadata(metadata: JsonObject): JsonObject {
  const annotations = ownValue(metadata, 'annotations');
  return withEntries(metadata, (name, value) => {
    if (SERVER_MANAGED.has(name)) return undefined;
    if (name !== 'annotations' || !isObject(annotations)) return value;
    // An empty map stays: in the cluster there is one, and undoing must not take it away with what is left out here.
    return withEntries(annotations, (annotation, text) => (LEFT_OUT.has(annotation) ? undefined : text));
  });
}

function withEntries(object: JsonObject, map: (name: string, value: unknown) => unknown): JsonObject {
  const kept: [string, unknown][] = [];
  for (const [name, value] of Object.entries(object)) {
    const mapped = map(name, value);
    if (mapped !== undefined) kept.push([name, mapped]);
  }
  return Object.fromEntries(kept);
}
