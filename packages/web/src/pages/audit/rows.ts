import type { AuditEventResource, KubectlCommandResource } from '@sallyport/core/api';
import { resultOf } from './event-words.ts';

/** A request, told by the events of it. */
export interface RequestRow {
  readonly id: string;
  /** Milliseconds since its command began. */
  readonly offsetMs: number;
  /** The event that says most of it: how it ended, else that it began. */
  readonly event: AuditEventResource;
}

/** How a command came out. */
export type CommandOutcome = KubectlCommandResource['outcome'];

/** A call of kubectl, or what stands in its place: one request, or one event that is no request. */
export interface CommandRow {
  readonly id: string;
  readonly at: Date;
  readonly user: string;
  readonly principalId?: string;
  readonly title: string;
  readonly cluster?: string;
  readonly requestCount: number;
  readonly outcome: CommandOutcome | undefined;
  readonly recordings: readonly string[];
  /** Its requests, where they are known already. */
  readonly requests?: readonly RequestRow[];
  /** Where the server put it together. */
  readonly command?: KubectlCommandResource;
}

/** A row of what the server put together. */
export function rowOfCommand(command: KubectlCommandResource): CommandRow {
  const { id, startedAt, user, principalId, cluster, requestCount, outcome, recordings } = command;
  return {
    ...{ id, at: startedAt, user, title: command.command, requestCount, outcome, recordings, command },
    ...(principalId !== undefined && { principalId }),
    ...(cluster !== undefined && { cluster }),
  };
}

/** Room around a command in which its events lie: clocks of two servers differ a little. */
const SLACK_MS = 2_000;

/** The query for the events of a command, or of as many of them as one page holds. */
export function eventsQueryOf(
  { startedAt, durationMs, kubectlSession, principalId, clusterId }: KubectlCommandResource,
  now: number,
) {
  const from = new Date(startedAt.getTime() - SLACK_MS);
  const to = new Date(Math.min(now, startedAt.getTime() + (durationMs ?? now - startedAt.getTime()) + SLACK_MS));
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    category: 'proxy',
    order: 'oldest',
    limit: 1_000,
    ...(kubectlSession !== undefined
      ? { kubectlSession }
      : {
          ...(principalId !== undefined && { principal: principalId }),
          ...(clusterId !== undefined && { cluster: clusterId }),
        }),
  } as const;
}

/** The requests of a command among events, oldest first, each once. */
export function requestsOf(
  command: KubectlCommandResource,
  events: readonly AuditEventResource[],
): readonly RequestRow[] {
  const wanted = new Set(command.requests);
  return requestRows(
    events.filter(({ request }) => request !== undefined && wanted.has(request.id)),
    command.startedAt,
  );
}

/**
 * Puts events together by their call of kubectl, in the order of the newest of each. What has none stands alone; what one request
 * said in two events is one.
 */
export function groupEvents(events: readonly AuditEventResource[]): readonly CommandRow[] {
  const groups = new Map<string, AuditEventResource[]>();
  for (const event of events) {
    const key = event.request?.kubectlSession ?? event.request?.id ?? event.id;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [event]);
    else group.push(event);
  }
  return [...groups].map(([key, group]) => rowOfEvents(key, group));
}

function rowOfEvents(key: string, events: readonly AuditEventResource[]): CommandRow {
  const inOrder = events.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  const [first] = inOrder as [AuditEventResource, ...AuditEventResource[]];
  const requests = requestRows(inOrder, first.at);
  const { principal, request, clusterName, code } = first;
  return {
    id: key,
    at: first.at,
    user: principal?.userName ?? 'Sallyport',
    title: request?.kubectlCommand ?? (request === undefined ? code : `${request.method} ${request.path}`),
    requestCount: requests.length,
    outcome: request === undefined ? undefined : outcomeOf(requests),
    recordings: [...new Set(inOrder.flatMap(({ recordingId }) => recordingId ?? []))],
    requests,
    ...(principal !== undefined && { principalId: principal.id }),
    ...(clusterName !== undefined && { cluster: clusterName }),
  };
}

function requestRows(events: readonly AuditEventResource[], startedAt: Date): readonly RequestRow[] {
  const rows = new Map<string, RequestRow>();
  for (const event of events) {
    const id = event.request?.id ?? event.id;
    const known = rows.get(id);
    const began = known === undefined ? event.at.getTime() - startedAt.getTime() : known.offsetMs;
    const says = known !== undefined && event.outcome === undefined ? known.event : event;
    rows.set(id, { id, offsetMs: Math.max(0, began), event: says });
  }
  return [...rows.values()];
}

function outcomeOf(requests: readonly RequestRow[]): CommandOutcome {
  const results = requests.map(({ event }) => resultOf(event));
  if (results.includes('refused')) return 'denied';
  if (results.includes('failed')) return 'failed';
  if (results.includes('cut')) return 'interrupted';
  return results.includes('running') ? 'running' : 'succeeded';
}

/** Words for an outcome, as the refused and the allowed are called. */
export const OUTCOME_WORDS: Readonly<Record<CommandOutcome, string>> = {
  running: 'running',
  succeeded: 'allowed',
  denied: 'refused',
  failed: 'failed',
  interrupted: 'cut short',
};
