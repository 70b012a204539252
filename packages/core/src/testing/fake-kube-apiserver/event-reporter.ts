import type { Cluster } from './call.ts';
import { formatTime, type KubeObject } from './objects.ts';
import { randomSuffix } from './write-object.ts';

/** Creates the function by which components report Kubernetes Events about an object. */
export function createEventReporter(cluster: Cluster, component: string) {
  return (object: KubeObject, reason: string, message: string): void => {
    const kind = cluster.kinds.findResource('', 'events');
    if (!kind) return;
    const { name, namespace = 'default', uid } = object.metadata;
    const now = formatTime(cluster.clock.now());
    cluster.storage.create(kind, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${randomSuffix(10)}`, namespace },
      involvedObject: { kind: object.kind, apiVersion: object.apiVersion, name, namespace, uid },
      reason,
      message,
      type: 'Normal',
      source: { component },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    });
  };
}
