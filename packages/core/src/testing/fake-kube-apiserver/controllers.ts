import type { Cluster } from './call.ts';
import { reconcileDeployment } from './controller-deployments.ts';
import { collectGarbage } from './controller-garbage.ts';
import { reconcileNamespace } from './controller-namespaces.ts';
import { reconcileDaemonSet, reconcileJob, reconcileReplicaSet, reconcileStatefulSet } from './controller-workloads.ts';
import type { ResourceKind } from './kinds.ts';
import type { KubeObject } from './objects.ts';
import { StatusError } from './status-error.ts';
import type { StoreEvent } from './storage.ts';

/** Brings one object's dependents and status to what its spec says. */
export type Reconcile = (cluster: Cluster, object: KubeObject) => void;

const RECONCILERS: Readonly<Record<string, Reconcile>> = {
  'deployments.apps': reconcileDeployment,
  'replicasets.apps': reconcileReplicaSet,
  'statefulsets.apps': reconcileStatefulSet,
  'daemonsets.apps': reconcileDaemonSet,
  'jobs.batch': reconcileJob,
  namespaces: reconcileNamespace,
};

/** The controller manager: reacts to changes one turn of the event loop later, each object once per turn. */
export interface Controllers {
  onEvent(event: StoreEvent): void;
  close(): void;
}

/** Creates the controllers of a cluster. */
export function createControllers(cluster: Cluster): Controllers {
  const { storage, kinds } = cluster;
  const dirty = new Set<string>();
  let isScheduled = false;
  let isClosed = false;

  function enqueue(resource: string, key: string): void {
    if (!RECONCILERS[resource]) return;
    dirty.add(`${resource}|${key}`);
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(drain);
  }

  function drain(): void {
    isScheduled = false;
    if (isClosed) return;
    const batch = [...dirty];
    dirty.clear();
    for (const item of batch) {
      const [resource = '', key = ''] = item.split('|');
      const [namespace = '', name = ''] = key.split('/');
      const [plural = '', ...group] = resource.split('.');
      const kind = kinds.findResource(group.join('.'), plural);
      const object = kind && storage.get(kind, namespace, name);
      if (!object) continue;
      try {
        RECONCILERS[resource]?.(cluster, object);
      } catch (error) {
        // Somebody else was faster: the change that made the conflict has put the object back into the queue.
        if (!(error instanceof StatusError)) throw error;
      }
    }
  }

  function enqueueOwner(object: KubeObject): void {
    const owner = object.metadata.ownerReferences?.find((one) => one.controller === true);
    const kind: ResourceKind | undefined = owner && kinds.findKind(owner.apiVersion, owner.kind);
    if (!owner || !kind) return;
    const resource = kind.group === '' ? kind.resource : `${kind.resource}.${kind.group}`;
    enqueue(resource, `${object.metadata.namespace ?? ''}/${owner.name}`);
  }

  return {
    onEvent(event) {
      enqueue(event.resource, event.key);
      enqueueOwner(event.object);
      if (event.type === 'DELETED') {
        setImmediate(() => {
          if (!isClosed) collectGarbage(cluster, event.object);
        });
        const { namespace } = event.object.metadata;
        if (namespace) enqueue('namespaces', `/${namespace}`);
      }
      if (event.resource === 'nodes') {
        const daemonSets = kinds.findResource('apps', 'daemonsets') as ResourceKind;
        for (const set of storage.list(daemonSets, ''))
          enqueue('daemonsets.apps', `${set.metadata.namespace}/${set.metadata.name}`);
      }
    },
    close() {
      isClosed = true;
    },
  };
}
