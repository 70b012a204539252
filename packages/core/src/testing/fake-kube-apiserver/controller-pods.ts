import type { Cluster } from './call.ts';
import { applyDefaults } from './defaults.ts';
import type { ResourceKind } from './kinds.ts';
import { formatTime, type Json, jsonAt, type KubeObject, listAt, mapAt, sameJson, textAt } from './objects.ts';

/** Kind of a resource that is always there. */
export function builtIn(cluster: Cluster, group: string, resource: string): ResourceKind {
  return cluster.kinds.findResource(group, resource) as ResourceKind;
}

/** Pods that an object controls and that are not on their way out. */
export function ownedPods(cluster: Cluster, owner: KubeObject): KubeObject[] {
  return cluster.storage
    .list(builtIn(cluster, '', 'pods'), owner.metadata.namespace ?? '')
    .filter((pod) => pod.metadata.deletionTimestamp === undefined && isOwned(pod, owner));
}

/** Whether `owner` controls `object`. */
export function isOwned(object: KubeObject, owner: KubeObject): boolean {
  return object.metadata.ownerReferences?.some((one) => one.uid === owner.metadata.uid && one.controller) === true;
}

/** Reference of a dependent to the object that controls it. */
export function controllerReference(owner: KubeObject) {
  const { name, uid = '' } = owner.metadata;
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** Creates a pod from the owner's template. */
export function createPod(
  cluster: Cluster,
  owner: KubeObject,
  name: string,
  spec: Json = {},
  labels: Record<string, string> = {},
): void {
  const pods = builtIn(cluster, '', 'pods');
  const namespace = owner.metadata.namespace ?? '';
  if (cluster.storage.get(pods, namespace, name)) return;
  const pod: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels: { ...mapAt(owner, 'spec.template.metadata.labels'), ...labels },
      annotations: mapAt(owner, 'spec.template.metadata.annotations'),
      ownerReferences: [controllerReference(owner)],
    },
    spec: { serviceAccountName: 'default', ...structuredClone(jsonAt(owner, 'spec.template.spec')), ...spec },
  };
  applyDefaults(pod, cluster.allocate);
  cluster.storage.create(pods, pod);
}

/** Begins the graceful end of a pod. */
export function terminatePod(cluster: Cluster, pod: KubeObject): void {
  const deletionTimestamp = formatTime(cluster.clock.now());
  const metadata = { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds: 30 };
  cluster.storage.update(builtIn(cluster, '', 'pods'), { ...pod, metadata });
}

/** Whether a pod's Ready condition holds. */
export function isReady(pod: KubeObject): boolean {
  return listAt(pod, 'status.conditions').some((one) => one['type'] === 'Ready' && one['status'] === 'True');
}

/** Whether a pod has ended. */
export function isOver(pod: KubeObject): boolean {
  const phase = textAt(pod, 'status.phase');
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Writes a status when it differs. */
export function setStatus(cluster: Cluster, kind: ResourceKind, object: KubeObject, status: Json): void {
  if (!sameJson(object['status'], status)) cluster.storage.update(kind, { ...object, status });
}

/** A condition that keeps its transition time while its status stays. */
export function condition(
  object: KubeObject,
  now: number,
  type: string,
  holds: boolean,
  reason: string,
  message: string,
): Json {
  const status = holds ? 'True' : 'False';
  const before = listAt(object, 'status.conditions').find((one) => one['type'] === type);
  if (before?.['status'] === status && before['reason'] === reason) return before;
  return { type, status, lastUpdateTime: formatTime(now), lastTransitionTime: formatTime(now), reason, message };
}
