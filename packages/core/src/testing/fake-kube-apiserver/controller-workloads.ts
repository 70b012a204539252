import type { Cluster } from './call.ts';
import {
  builtIn,
  condition,
  createPod,
  isOver,
  isReady,
  ownedPods,
  setStatus,
  terminatePod,
} from './controller-pods.ts';
import { formatTime, jsonAt, type KubeObject, listAt, numberAt, textAt } from './objects.ts';
import { randomSuffix } from './write-object.ts';

/** Keeps the wanted number of pods. */
export function reconcileReplicaSet(cluster: Cluster, set: KubeObject): void {
  const pods = ownedPods(cluster, set).filter((pod) => !isOver(pod));
  const wanted = set.metadata.deletionTimestamp === undefined ? numberAt(set, 'spec.replicas', 1) : 0;
  for (let i = pods.length; i < wanted; i++) createPod(cluster, set, `${set.metadata.name}-${randomSuffix()}`);
  for (const pod of pods.slice(wanted)) terminatePod(cluster, pod);
  const kept = ownedPods(cluster, set);
  const ready = kept.filter(isReady).length;
  setStatus(cluster, builtIn(cluster, 'apps', 'replicasets'), set, {
    replicas: kept.length,
    fullyLabeledReplicas: kept.length,
    readyReplicas: ready,
    availableReplicas: ready,
    observedGeneration: set.metadata.generation ?? 1,
  });
}

/** Keeps pods with stable names, made in order. */
export function reconcileStatefulSet(cluster: Cluster, set: KubeObject): void {
  const wanted = numberAt(set, 'spec.replicas', 1);
  const pods = ownedPods(cluster, set);
  const byName = new Map(pods.map((pod) => [pod.metadata.name, pod]));
  const isParallel = textAt(set, 'spec.podManagementPolicy') === 'Parallel';
  for (let i = 0; i < wanted; i++) {
    const name = `${set.metadata.name}-${i}`;
    const pod = byName.get(name);
    if (!pod) {
      const hostname = { hostname: name, subdomain: textAt(set, 'spec.serviceName') };
      createPod(cluster, set, name, hostname, { 'statefulset.kubernetes.io/pod-name': name });
    }
    if (!isParallel && (!pod || !isReady(pod))) break;
  }
  for (const pod of pods) {
    const ordinal = Number(pod.metadata.name.slice(set.metadata.name.length + 1));
    if (ordinal >= wanted) terminatePod(cluster, pod);
  }
  const kept = ownedPods(cluster, set);
  const ready = kept.filter(isReady).length;
  const revision = `${set.metadata.name}-${set.metadata.generation ?? 1}`;
  setStatus(cluster, builtIn(cluster, 'apps', 'statefulsets'), set, {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: kept.length,
    readyReplicas: ready,
    availableReplicas: ready,
    currentReplicas: kept.length,
    updatedReplicas: kept.length,
    currentRevision: revision,
    updateRevision: revision,
    collisionCount: 0,
  });
}

/** Keeps one pod per node. */
export function reconcileDaemonSet(cluster: Cluster, set: KubeObject): void {
  const nodes = cluster.storage.list(builtIn(cluster, '', 'nodes'), '').map((node) => node.metadata.name);
  const pods = ownedPods(cluster, set);
  for (const nodeName of nodes) {
    if (!pods.some((pod) => textAt(pod, 'spec.nodeName') === nodeName)) {
      createPod(cluster, set, `${set.metadata.name}-${randomSuffix()}`, { nodeName });
    }
  }
  const ready = ownedPods(cluster, set).filter(isReady).length;
  setStatus(cluster, builtIn(cluster, 'apps', 'daemonsets'), set, {
    currentNumberScheduled: nodes.length,
    desiredNumberScheduled: nodes.length,
    numberMisscheduled: 0,
    numberReady: ready,
    numberAvailable: ready,
    updatedNumberScheduled: nodes.length,
    observedGeneration: set.metadata.generation ?? 1,
  });
}

/** Runs pods until enough have succeeded. */
export function reconcileJob(cluster: Cluster, job: KubeObject): void {
  const now = cluster.clock.now();
  const kind = builtIn(cluster, 'batch', 'jobs');
  const labels = { 'job-name': job.metadata.name, 'controller-uid': job.metadata.uid ?? '' };
  if (jsonAt(job, 'spec')['selector'] === undefined) {
    const selector = { matchLabels: { 'controller-uid': labels['controller-uid'] } };
    cluster.storage.update(kind, { ...job, spec: { ...jsonAt(job, 'spec'), selector } });
    return;
  }
  const pods = ownedPods(cluster, job);
  const phase = (wanted: string) => pods.filter((pod) => textAt(pod, 'status.phase') === wanted).length;
  const [succeeded, failed] = [phase('Succeeded'), phase('Failed')];
  const active = pods.length - succeeded - failed;
  const completions = numberAt(job, 'spec.completions', 1);
  const isFailed = failed > numberAt(job, 'spec.backoffLimit', 6);
  const isComplete = succeeded >= completions;
  const startTime = textAt(job, 'status.startTime') || formatTime(now);
  const before = listAt(job, 'status.conditions');
  const finished = isComplete
    ? [condition(job, now, 'Complete', true, 'CompletionsReached', 'Reached expected number of succeeded pods')]
    : isFailed
      ? [condition(job, now, 'Failed', true, 'BackoffLimitExceeded', 'Job has reached the specified backoff limit')]
      : before;
  if (!isComplete && !isFailed && jsonAt(job, 'spec')['suspend'] !== true) {
    const wanted = Math.min(numberAt(job, 'spec.parallelism', 1), completions - succeeded);
    for (let i = active; i < wanted; i++) createPod(cluster, job, `${job.metadata.name}-${randomSuffix()}`, {}, labels);
  }
  setStatus(cluster, kind, job, {
    startTime,
    active: isComplete || isFailed ? 0 : Math.max(active, 1),
    succeeded,
    failed,
    ready: pods.filter(isReady).length,
    ...(finished.length > 0 && { conditions: finished }),
    ...(isComplete && { completionTime: textAt(job, 'status.completionTime') || formatTime(now) }),
  });
}
