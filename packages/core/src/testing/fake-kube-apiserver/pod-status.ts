import type { FakeContainer } from './container.ts';
import { formatTime, type Json, type KubeObject, listAt, textAt } from './objects.ts';

/** A container of a pod over its restarts. */
export interface ContainerRecord {
  current: FakeContainer | undefined;
  previous: FakeContainer | undefined;
  restartCount: number;
  /** Waits before the next start after it has failed. */
  isBackingOff: boolean;
  finishedAt: number;
}

function terminated(container: FakeContainer, finishedAt: number): Json {
  const exitCode = container.exitCode ?? 0;
  return {
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt: formatTime(container.startedAt),
    finishedAt: formatTime(finishedAt),
    containerID: `containerd://${container.name}`,
  };
}

function stateOf(record: ContainerRecord): Json {
  const { current } = record;
  if (!current) return { waiting: { reason: 'ContainerCreating' } };
  if (record.isBackingOff) {
    return { waiting: { reason: 'CrashLoopBackOff', message: `back-off restarting failed container ${current.name}` } };
  }
  if (current.exitCode === undefined) return { running: { startedAt: formatTime(current.startedAt) } };
  return { terminated: terminated(current, record.finishedAt) };
}

/** Status of one container. */
export function containerStatus(spec: Json, record: ContainerRecord): Json {
  const { current, previous } = record;
  const isRunning = current !== undefined && current.exitCode === undefined && !record.isBackingOff;
  const last = record.isBackingOff ? current : previous;
  const image = textAt(spec, 'image');
  return {
    name: textAt(spec, 'name'),
    state: stateOf(record),
    lastState: last ? { terminated: terminated(last, record.finishedAt) } : {},
    ready: isRunning,
    started: isRunning,
    restartCount: record.restartCount,
    image,
    imageID: current ? `${image}@sha256:${Buffer.from(image).toString('hex').padEnd(64, '0').slice(0, 64)}` : '',
    ...(current && { containerID: `containerd://${current.name}` }),
  };
}

/** Phase of a pod from its containers. */
export function podPhase(pod: KubeObject, records: ReadonlyMap<string, ContainerRecord>): string {
  const containers = listAt(pod, 'spec.containers').map((spec) => records.get(textAt(spec, 'name')));
  const codes = containers.map((record) => (record?.isBackingOff ? undefined : record?.current?.exitCode));
  if (containers.some((record) => record?.current === undefined)) return 'Pending';
  if (codes.some((code) => code === undefined) || textAt(pod, 'spec.restartPolicy') === 'Always') return 'Running';
  return codes.every((code) => code === 0) ? 'Succeeded' : 'Failed';
}

/** The whole `status` of a pod. */
export function podStatus(
  pod: KubeObject,
  records: ReadonlyMap<string, ContainerRecord>,
  place: { readonly podIp: string; readonly hostIp: string; readonly startTime: string; readonly now: number },
): Json {
  const phase = podPhase(pod, records);
  const statuses = (path: string): Json[] =>
    listAt(pod, path).flatMap((spec) => {
      const record = records.get(textAt(spec, 'name'));
      return record ? [containerStatus(spec, record)] : [];
    });
  const containers = statuses('spec.containers');
  const isReady = phase === 'Running' && containers.length > 0 && containers.every((one) => one['ready'] === true);
  const isOver = phase === 'Succeeded' || phase === 'Failed';
  const old = listAt(pod, 'status.conditions');
  const condition = (type: string, holds: boolean): Json => {
    const status = holds ? 'True' : 'False';
    const before = old.find((one) => one['type'] === type);
    const since = before?.['status'] === status ? before['lastTransitionTime'] : formatTime(place.now);
    const reason = holds ? {} : { reason: isOver ? 'PodCompleted' : 'ContainersNotReady' };
    return { type, status, lastProbeTime: null, lastTransitionTime: since, ...reason };
  };
  const init = statuses('spec.initContainers');
  const ephemeral = statuses('spec.ephemeralContainers');
  return {
    phase,
    conditions: [
      condition('PodReadyToStartContainers', !isOver),
      condition('Initialized', true),
      condition('Ready', isReady),
      condition('ContainersReady', isReady),
      condition('PodScheduled', true),
    ],
    hostIP: place.hostIp,
    podIP: place.podIp,
    podIPs: [{ ip: place.podIp }],
    startTime: place.startTime,
    qosClass: 'BestEffort',
    containerStatuses: containers,
    ...(init.length > 0 && { initContainerStatuses: init }),
    ...(ephemeral.length > 0 && { ephemeralContainerStatuses: ephemeral }),
  };
}
