import { createHash } from 'node:crypto';
import type { Cluster } from './call.ts';
import { builtIn, condition, controllerReference, isOwned, setStatus } from './controller-pods.ts';
import { jsonAt, type KubeObject, mapAt, numberAt, textAt } from './objects.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const HASH_LABEL = 'pod-template-hash';

function templateHash(deployment: KubeObject): string {
  const text = JSON.stringify(jsonAt(deployment, 'spec.template'));
  return createHash('sha256').update(text).digest('hex').slice(0, 10);
}

const revisionOf = (object: KubeObject): number => Number(object.metadata.annotations?.[REVISION] ?? 0);

function createReplicaSet(cluster: Cluster, deployment: KubeObject, hash: string, revision: number): KubeObject {
  const labels = { ...mapAt(deployment, 'spec.template.metadata.labels'), [HASH_LABEL]: hash };
  const template = structuredClone(jsonAt(deployment, 'spec.template'));
  template['metadata'] = { ...jsonAt(template, 'metadata'), labels };
  const selector = { ...jsonAt(deployment, 'spec.selector') };
  selector['matchLabels'] = { ...mapAt(deployment, 'spec.selector.matchLabels'), [HASH_LABEL]: hash };
  return cluster.storage.create(builtIn(cluster, 'apps', 'replicasets'), {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace ?? '',
      labels,
      annotations: {
        [REVISION]: String(revision),
        'deployment.kubernetes.io/desired-replicas': String(numberAt(deployment, 'spec.replicas')),
      },
      generation: 1,
      ownerReferences: [controllerReference(deployment)],
    },
    spec: { replicas: numberAt(deployment, 'spec.replicas', 1), selector, template },
  });
}

/** Rolls a deployment out: the new ReplicaSet comes up whole, then the old ones go down. */
export function reconcileDeployment(cluster: Cluster, deployment: KubeObject): void {
  const { storage, clock } = cluster;
  const sets = builtIn(cluster, 'apps', 'replicasets');
  const hash = templateHash(deployment);
  const owned = storage.list(sets, deployment.metadata.namespace ?? '').filter((set) => isOwned(set, deployment));
  const wanted = numberAt(deployment, 'spec.replicas', 1);
  const found = owned.find((set) => set.metadata.labels?.[HASH_LABEL] === hash);
  const newest = Math.max(0, ...owned.map(revisionOf));
  const isPaused = jsonAt(deployment, 'spec')['paused'] === true;
  if (isPaused && !found) return;
  let current = found ?? createReplicaSet(cluster, deployment, hash, newest + 1);
  if (found && owned.length > 1 && revisionOf(found) < newest) {
    const annotations = { ...found.metadata.annotations, [REVISION]: String(newest + 1) };
    current = storage.update(sets, { ...found, metadata: { ...found.metadata, annotations } });
  }
  const scale = (set: KubeObject, replicas: number): void => {
    if (numberAt(set, 'spec.replicas') === replicas) return;
    const generation = (set.metadata.generation ?? 1) + 1;
    storage.update(sets, {
      ...set,
      metadata: { ...set.metadata, generation },
      spec: { ...jsonAt(set, 'spec'), replicas },
    });
  };
  scale(current, wanted);
  const ready = numberAt(current, 'status.readyReplicas');
  const old = owned.filter((set) => set.metadata.uid !== current.metadata.uid);
  if (ready >= wanted) for (const set of old) scale(set, 0);

  const revision = String(revisionOf(current));
  let fresh = storage.get(
    builtIn(cluster, 'apps', 'deployments'),
    deployment.metadata.namespace ?? '',
    deployment.metadata.name,
  );
  if (!fresh) return;
  if (fresh.metadata.annotations?.[REVISION] !== revision) {
    const annotations = { ...fresh.metadata.annotations, [REVISION]: revision };
    fresh = storage.update(builtIn(cluster, 'apps', 'deployments'), {
      ...fresh,
      metadata: { ...fresh.metadata, annotations },
    });
  }
  const sum = (field: string) => [current, ...old].reduce((total, set) => total + numberAt(set, `status.${field}`), 0);
  const isAvailable = sum('availableReplicas') >= wanted;
  const isDone = ready >= wanted && sum('replicas') === wanted;
  const set = textAt(current, 'metadata.name');
  setStatus(cluster, builtIn(cluster, 'apps', 'deployments'), fresh, {
    observedGeneration: fresh.metadata.generation ?? 1,
    replicas: sum('replicas'),
    updatedReplicas: numberAt(current, 'status.replicas'),
    readyReplicas: sum('readyReplicas'),
    availableReplicas: sum('availableReplicas'),
    ...(!isAvailable && { unavailableReplicas: wanted - sum('availableReplicas') }),
    conditions: [
      isAvailable
        ? condition(
            fresh,
            clock.now(),
            'Available',
            true,
            'MinimumReplicasAvailable',
            'Deployment has minimum availability.',
          )
        : condition(
            fresh,
            clock.now(),
            'Available',
            false,
            'MinimumReplicasUnavailable',
            'Deployment does not have minimum availability.',
          ),
      isDone
        ? condition(
            fresh,
            clock.now(),
            'Progressing',
            true,
            'NewReplicaSetAvailable',
            `ReplicaSet "${set}" has successfully progressed.`,
          )
        : condition(
            fresh,
            clock.now(),
            'Progressing',
            true,
            'ReplicaSetUpdated',
            `ReplicaSet "${set}" is progressing.`,
          ),
    ],
  });
}
