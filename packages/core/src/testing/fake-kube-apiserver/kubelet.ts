import type { Cluster } from './call.ts';
import { type FakeContainer, startContainer } from './container.ts';
import { createFileSystem } from './file-system.ts';
import type { ResourceKind } from './kinds.ts';
import { formatTime, type Json, jsonAt, type KubeObject, listAt, textAt, textsAt } from './objects.ts';
import { type ContainerRecord, podStatus } from './pod-status.ts';
import { builtInPort } from './port-handlers.ts';
import type { PortHandler, RunProcess } from './process.ts';
import { StatusError } from './status-error.ts';
import type { StoreEvent } from './storage.ts';

/** An image of the fake: what its containers run when the pod names no command. */
export interface FakeImage {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Files by absolute path. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Runs the pods. */
export interface Kubelet {
  /** A container for a session. @throws StatusError 400, 404 */
  container(pod: KubeObject, name: string): FakeContainer;
  /** The last run of a container before the present one. */
  previousContainer(pod: KubeObject, name: string): FakeContainer | undefined;
  /** Serves a port of a pod; `undefined` when nothing listens there. */
  port(pod: KubeObject, port: number): PortHandler | undefined;
  onEvent(event: StoreEvent): void;
  close(): void;
}

/** What {@link createKubelet} takes. */
export interface KubeletOptions {
  readonly cluster: Cluster;
  readonly run: RunProcess;
  /** By image name without tag; `*` for all others. */
  readonly images: Readonly<Record<string, FakeImage>>;
  /** Reports something as a Kubernetes Event. */
  readonly report: (object: KubeObject, reason: string, message: string) => void;
}

interface RunningPod {
  readonly records: Map<string, ContainerRecord>;
  readonly ports: Map<number, PortHandler>;
  readonly podIp: string;
  readonly startTime: string;
  isStopped: boolean;
}

const BACK_OFF_MS = 10_000;

function imageName(image: string): string {
  const withoutDigest = image.split('@')[0] as string;
  const last = withoutDigest.slice(withoutDigest.lastIndexOf('/') + 1);
  return last.split(':')[0] as string;
}

/** Creates the node's agent: pods become Running one turn of the event loop after they were created. */
export function createKubelet({ cluster, run, images, report }: KubeletOptions): Kubelet {
  const { storage, clock, kinds } = cluster;
  const pods = new Map<string, RunningPod>();
  const podKind = kinds.findResource('', 'pods') as ResourceKind;
  let address = 10;
  let isClosed = false;

  const key = (pod: KubeObject): string => pod.metadata.uid ?? '';
  const current = (pod: KubeObject): KubeObject | undefined => {
    const found = storage.get(podKind, pod.metadata.namespace ?? '', pod.metadata.name);
    return found?.metadata.uid === pod.metadata.uid ? found : undefined;
  };

  function publish(pod: KubeObject): void {
    const running = pods.get(key(pod));
    const fresh = current(pod);
    if (!running || !fresh || isClosed) return;
    const { podIp, startTime, records } = running;
    const hostIp = '192.168.0.10';
    const status = podStatus(fresh, records, { podIp, hostIp, startTime, now: clock.now() });
    storage.update(podKind, { ...fresh, status });
  }

  function launch(pod: KubeObject, running: RunningPod, spec: Json): ContainerRecord {
    const name = textAt(spec, 'name');
    const old = running.records.get(name);
    const image = images[imageName(textAt(spec, 'image'))] ?? images['*'];
    const command = [...textsAt(spec, 'command'), ...textsAt(spec, 'args')];
    const env = Object.fromEntries(listAt(spec, 'env').map((one) => [textAt(one, 'name'), textAt(one, 'value')]));
    const container = startContainer({
      name,
      command: command.length > 0 ? command : (image?.command ?? []),
      env: { PATH: '/bin', HOME: '/root', HOSTNAME: pod.metadata.name, ...image?.env, ...env },
      files:
        old?.current?.files ??
        createFileSystem(() => clock.now(), { '/etc/hostname': `${pod.metadata.name}\n`, ...image?.files }),
      workingDirectory: textAt(spec, 'workingDir', '/'),
      hostname: pod.metadata.name,
      stdin: spec['stdin'] === true,
      stdinOnce: spec['stdinOnce'] === true,
      tty: spec['tty'] === true,
      clock,
      run,
      listen: (port, handler) => running.ports.set(port, handler),
    });
    const record: ContainerRecord = {
      current: container,
      previous: old?.current,
      restartCount: old ? old.restartCount + 1 : 0,
      isBackingOff: false,
      finishedAt: old?.finishedAt ?? 0,
    };
    running.records.set(name, record);
    report(pod, 'Started', `Container started`);
    return record;
  }

  /** Starts a container and starts it again as the policy says. */
  function supervise(pod: KubeObject, running: RunningPod, spec: Json, policy: string): void {
    const record = launch(pod, running, spec);
    void record.current?.finished.then((code) => {
      record.finishedAt = clock.now();
      if (running.isStopped) return;
      const again = policy === 'Always' || (policy === 'OnFailure' && code !== 0);
      record.isBackingOff = again && record.restartCount > 0;
      publish(pod);
      if (!again) return;
      const delay = record.isBackingOff ? BACK_OFF_MS * 2 ** Math.min(record.restartCount - 1, 5) : 0;
      clock.setTimeout(() => {
        if (running.isStopped || !current(pod)) return;
        supervise(pod, running, spec, policy);
        publish(pod);
      }, delay);
    });
  }

  async function start(pod: KubeObject): Promise<void> {
    if (isClosed || pods.has(key(pod)) || !current(pod)) return;
    address += 1;
    const running: RunningPod = {
      records: new Map(),
      ports: new Map(),
      podIp: `10.1.${Math.floor(address / 250)}.${address % 250}`,
      startTime: formatTime(clock.now()),
      isStopped: false,
    };
    pods.set(key(pod), running);
    for (const spec of listAt(pod, 'spec.initContainers')) {
      const code = await launch(pod, running, spec).current?.finished;
      if (code !== 0 || running.isStopped) return publish(pod);
    }
    for (const spec of listAt(pod, 'spec.containers')) supervise(pod, running, spec, textAt(pod, 'spec.restartPolicy'));
    publish(pod);
  }

  function schedule(pod: KubeObject): void {
    const fresh = current(pod);
    if (!fresh || isClosed) return;
    if (textAt(fresh, 'spec.nodeName') !== '') return void start(fresh);
    const nodes = kinds.findResource('', 'nodes') as ResourceKind;
    const ready = storage.list(nodes, '').filter((node) => jsonAt(node, 'spec')['unschedulable'] !== true);
    const node = ready[address % Math.max(ready.length, 1)];
    if (!node) return;
    report(
      fresh,
      'Scheduled',
      `Successfully assigned ${fresh.metadata.namespace}/${fresh.metadata.name} to ${node.metadata.name}`,
    );
    const assigned = storage.update(podKind, {
      ...fresh,
      spec: { ...jsonAt(fresh, 'spec'), nodeName: node.metadata.name },
    });
    void start(assigned);
  }

  function stop(uid: string): void {
    const running = pods.get(uid);
    if (!running) return;
    running.isStopped = true;
    for (const record of running.records.values()) record.current?.stop();
    pods.delete(uid);
  }

  async function terminate(pod: KubeObject): Promise<void> {
    const running = pods.get(key(pod));
    stop(key(pod));
    for (const record of running?.records.values() ?? []) await record.current?.finished;
    const fresh = current(pod);
    if (!fresh || isClosed) return;
    const marked = storage.update(podKind, {
      ...fresh,
      metadata: { ...fresh.metadata, deletionGracePeriodSeconds: 0 },
    });
    if ((marked.metadata.finalizers ?? []).length === 0) {
      storage.remove(podKind, marked.metadata.namespace ?? '', marked.metadata.name);
    }
  }

  function startEphemeral(pod: KubeObject): void {
    const running = pods.get(key(pod));
    if (!running) return;
    const added = listAt(pod, 'spec.ephemeralContainers').filter((spec) => !running.records.has(textAt(spec, 'name')));
    for (const spec of added) supervise(pod, running, spec, 'Never');
    if (added.length > 0) publish(pod);
  }

  function recordOf(pod: KubeObject, name: string): ContainerRecord | undefined {
    return pods.get(key(pod))?.records.get(name);
  }

  return {
    container(pod, name) {
      const all = ['containers', 'initContainers', 'ephemeralContainers'].flatMap((path) =>
        listAt(pod, `spec.${path}`),
      );
      if (!all.some((spec) => textAt(spec, 'name') === name)) {
        throw new StatusError('BadRequest', `container ${name} is not valid for pod ${pod.metadata.name}`);
      }
      const container = recordOf(pod, name)?.current;
      if (!container) {
        throw new StatusError(
          'BadRequest',
          `container ${JSON.stringify(name)} in pod ${JSON.stringify(pod.metadata.name)} is waiting to start: ContainerCreating`,
        );
      }
      return container;
    },
    previousContainer: (pod, name) => recordOf(pod, name)?.previous,
    port(pod, port) {
      const running = pods.get(key(pod));
      return running && (running.ports.get(port) ?? builtInPort(pod, port));
    },
    onEvent(event) {
      if (event.resource !== 'pods') return;
      const pod = event.object;
      if (event.type === 'DELETED') return stop(key(pod));
      if (event.type === 'ADDED') return void setImmediate(() => schedule(pod));
      if (pod.metadata.deletionTimestamp !== undefined && event.previous?.metadata.deletionTimestamp === undefined) {
        setImmediate(() => void terminate(pod));
        return;
      }
      startEphemeral(pod);
    },
    close() {
      isClosed = true;
      for (const uid of [...pods.keys()]) stop(uid);
    },
  };
}
