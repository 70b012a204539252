import type { AuditEvent } from '@sallyport/audit';
import type { KubectlCommandResource } from '@sallyport/core/api';

/** Most ids of requests that are told of one command. */
const MAX_REQUEST_IDS = 100;

interface FoldedRequest {
  readonly id: string;
  readonly first: AuditEvent;
  outcome?: AuditEvent;
}

/**
 * Puts the events of one command together; they are in order of time, and there is at least one that has a request. A command was
 * denied or interrupted when one of its requests was. It failed when the last request that was answered came to an error:
 * kubectl asks for much that need not be there.
 */
export function foldCommand(events: readonly AuditEvent[]): KubectlCommandResource {
  const requests = requestsOf(events);
  const [head] = requests;
  if (head === undefined) throw new TypeError('a command without a request');
  const { first } = head;
  const { principal, clusterId, clusterName, request } = first;
  const isRunning = requests.some(({ outcome }) => outcome === undefined);
  const endedAt = Math.max(...requests.map(({ outcome }) => outcome?.at.getTime() ?? 0));
  return {
    id: head.id,
    command: request?.kubectlCommand ?? describeRequest(first),
    groupedBy: request?.kubectlSession === undefined ? 'correlated' : 'session',
    user: principal?.userName ?? '',
    ...(principal !== undefined && { principalId: principal.id }),
    ...(clusterId !== undefined && { clusterId }),
    ...(clusterName !== undefined && { cluster: clusterName }),
    ...(request?.kubectlSession !== undefined && { kubectlSession: request.kubectlSession }),
    ...(request?.userAgent !== undefined && { userAgent: request.userAgent }),
    startedAt: first.at,
    ...(!isRunning && { durationMs: Math.max(0, endedAt - first.at.getTime()) }),
    outcome: outcomeOf(requests, isRunning),
    requestCount: requests.length,
    requests: requests.slice(0, MAX_REQUEST_IDS).map(({ id }) => id),
    recordings: [...new Set(events.flatMap(({ recordingId }) => recordingId ?? []))],
  };
}

function requestsOf(events: readonly AuditEvent[]): readonly FoldedRequest[] {
  const byId = new Map<string, FoldedRequest>();
  for (const event of events) {
    const id = event.request?.id;
    if (id === undefined) continue;
    const known = byId.get(id) ?? { id, first: event };
    if (event.code !== 'proxy.request.started') known.outcome = event;
    byId.set(id, known);
  }
  return [...byId.values()];
}

function outcomeOf(requests: readonly FoldedRequest[], isRunning: boolean): KubectlCommandResource['outcome'] {
  const codes = new Set(requests.map(({ outcome }) => outcome?.code));
  if (codes.has('proxy.request.denied')) return 'denied';
  if (codes.has('proxy.request.interrupted')) return 'interrupted';
  if (isRunning) return 'running';
  const last = requests.at(-1)?.outcome?.outcome;
  const isFault = last !== undefined && (last.status >= 400 || FAULTS.has(last.ended));
  return isFault ? 'failed' : 'succeeded';
}

const FAULTS: ReadonlySet<string> = new Set(['reset', 'tunnelLost', 'accessEnded', 'interrupted']);

/** What the first request asks for, in kubectl's order of words. */
function describeRequest({ request }: AuditEvent): string {
  const attributes = request?.attributes;
  if (attributes === undefined) return `${request?.method ?? ''} ${request?.path ?? ''}`.trim();
  if (attributes.kind === 'nonResource') return `${attributes.verb} ${attributes.path}`;
  const { verb, resource, subresource, name, namespace } = attributes;
  const kind = subresource === '' ? resource : `${resource}/${subresource}`;
  return [verb, kind, name, namespace === '' ? '' : `-n ${namespace}`].filter((word) => word !== '').join(' ');
}
