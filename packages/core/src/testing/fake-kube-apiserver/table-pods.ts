import { isJson, jsonAt, type KubeObject, listAt, numberAt, textAt } from './objects.ts';
import { formatDurationShort } from './table-text.ts';

/** `1/2`: ready containers of all. */
export function podReady(pod: KubeObject): string {
  const ready = listAt(pod, 'status.containerStatuses').filter((one) => one['ready'] === true).length;
  return `${ready}/${listAt(pod, 'spec.containers').length}`;
}

/** The STATUS column: the phase, or the reason that says more than it. */
export function podStatusText(pod: KubeObject): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  let status = textAt(pod, 'status.reason') || textAt(pod, 'status.phase', 'Pending');
  for (const container of listAt(pod, 'status.containerStatuses').reverse()) {
    const { waiting, terminated } = jsonAt(container, 'state');
    if (isJson(waiting) && typeof waiting['reason'] === 'string') status = waiting['reason'];
    else if (isJson(terminated)) {
      status = textAt(terminated, 'reason') || `ExitCode:${numberAt(terminated, 'exitCode')}`;
    }
  }
  return status;
}

/** The RESTARTS column: `2 (5m ago)` once a container has restarted, else the number as text. */
export function podRestarts(pod: KubeObject, now: number): string {
  let restarts = 0;
  let last = 0;
  for (const container of listAt(pod, 'status.containerStatuses')) {
    restarts += numberAt(container, 'restartCount');
    const finished = Date.parse(textAt(container, 'lastState.terminated.finishedAt'));
    if (finished > last) last = finished;
  }
  return restarts > 0 && last > 0 ? `${restarts} (${formatDurationShort(now - last)} ago)` : String(restarts);
}
