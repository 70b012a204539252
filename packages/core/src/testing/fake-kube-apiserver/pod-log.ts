import type { Cluster, Reply, ResourceCall } from './call.ts';
import type { Kubelet } from './kubelet.ts';
import type { LogReadOptions } from './log-buffer.ts';
import { type KubeObject, listAt, textAt } from './objects.ts';
import { notFound, StatusError } from './status-error.ts';

/** The container of a request: the named one, or the only one. @throws StatusError 400 */
export function chooseContainer(pod: KubeObject, wanted: string | null): string {
  if (wanted) return wanted;
  const names = listAt(pod, 'spec.containers').map((one) => textAt(one, 'name'));
  const fallback = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  if (names.length === 1) return names[0] as string;
  if (fallback) return fallback;
  throw new StatusError(
    'BadRequest',
    `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(' ')}]`,
  );
}

function readOptions(query: URLSearchParams, now: number): LogReadOptions {
  const number = (name: string): number | undefined => {
    const text = query.get(name);
    if (text === null || text === '') return undefined;
    const value = Number(text);
    if (!Number.isInteger(value) || value < 0) {
      throw new StatusError(
        'Invalid',
        `PodLogOptions "" is invalid: ${name}: Invalid value: ${text}: must be greater than or equal to 0`,
      );
    }
    return value;
  };
  const tailLines = number('tailLines');
  const limitBytes = number('limitBytes');
  const sinceSeconds = number('sinceSeconds');
  const sinceTime = query.get('sinceTime');
  const sinceMs =
    sinceSeconds !== undefined ? now - sinceSeconds * 1_000 : sinceTime ? Date.parse(sinceTime) : undefined;
  return {
    timestamps: query.get('timestamps') === 'true',
    ...(tailLines !== undefined && { tailLines }),
    ...(limitBytes !== undefined && { limitBytes }),
    ...(sinceMs !== undefined && { sinceMs }),
  };
}

/** Answers `pods/log`: what is there, and with `follow` what comes until the container ends. */
export function readPodLog(cluster: Cluster, kubelet: Kubelet, call: ResourceCall): Reply {
  const { info, query, kind } = call;
  const pod = cluster.storage.get(kind, info.namespace, info.name);
  if (!pod) throw notFound('pods', '', info.name);
  const name = chooseContainer(pod, query.get('container'));
  const options = readOptions(query, cluster.clock.now());
  const current = kubelet.container(pod, name);
  const container = query.get('previous') === 'true' ? kubelet.previousContainer(pod, name) : current;
  if (!container) {
    throw new StatusError(
      'BadRequest',
      `previous terminated container ${JSON.stringify(name)} in pod ${JSON.stringify(info.name)} not found`,
    );
  }
  const { log } = container;
  return {
    is: 'stream',
    contentType: 'text/plain',
    run(sink) {
      const past = log.read(options);
      if (past.length > 0) sink.write(past);
      if (query.get('follow') !== 'true' || log.isClosed) return sink.end();
      let left = options.limitBytes === undefined ? Number.POSITIVE_INFINITY : options.limitBytes - past.length;
      const stopFollowing = log.follow(options, (bytes) => {
        const piece = bytes.length > left ? bytes.subarray(0, left) : bytes;
        left -= piece.length;
        sink.write(piece);
        if (left <= 0) stop();
      });
      const stopWaiting = log.onClose(() => stop());
      const cleanUp = (): void => {
        stopFollowing();
        stopWaiting();
      };
      const stop = (): void => {
        cleanUp();
        sink.end();
      };
      sink.onClose(cleanUp);
    },
  };
}
