import { type AuditEvent, requestEventId } from '@sallyport/audit';
import type { KubectlCommandResource } from '@sallyport/core/api';
import type { AuditPlace, AuditReads, PlacedAuditEvent } from '../../stores/audit-query.ts';
import type { AuditSelection } from '../../stores/audit-selection.ts';
import { CHAIN_GAP_MS, chainFrom, isCorrelated } from './chain.ts';
import { foldCommand } from './fold-command.ts';

/** How much one page of kubectl commands takes. */
export interface KubectlCommandLimits {
  /** Most events that are looked at for one page; the next one goes on behind them. Default 4,000. */
  readonly maxLookedAt?: number;
  /** Most events of one command that are put together; its later requests are not told. Default 1,000. */
  readonly maxEvents?: number;
}

/** Codes of the events that requests have. */
const REQUEST_CODES = [
  'proxy.request.started',
  'proxy.request.completed',
  'proxy.request.denied',
  'proxy.request.interrupted',
];
/** Events that are looked at together for each command that is wanted: most have a few requests, each with two events. */
const EVENTS_PER_COMMAND = 6;
/** How long after its beginning requests are still looked for that kubectl does not name, in milliseconds. */
const CHAIN_SPAN_MS = 600_000;

/**
 * One page of commands, newest first. A command stands at the place of its first request; every other request is passed over, so
 * that none is listed twice, on whatever page its requests lie.
 */
export async function listCommands(
  reads: AuditReads,
  requests: AuditSelection,
  { limit, after }: { readonly limit: number; readonly after?: AuditPlace },
  { maxLookedAt = 4_000, maxEvents = 1_000 }: KubectlCommandLimits = {},
): Promise<{ readonly items: readonly KubectlCommandResource[]; readonly next?: AuditPlace }> {
  const selection = { ...requests, codes: REQUEST_CODES };
  const items: KubectlCommandResource[] = [];
  const size = Math.max(60, limit * EVENTS_PER_COMMAND);
  let place = after;
  for (let lookedAt = 0; lookedAt < maxLookedAt; ) {
    const batch = await reads.list(selection, { order: 'newest', limit: size, ...(place && { after: place }) });
    lookedAt += batch.length;
    const commands = await commandsOf(reads, selection, batch, maxEvents);
    for (const placed of batch) {
      place = { at: placed.at, seq: placed.seq };
      const events = commands.get(placed.event.id);
      if (events === undefined) continue;
      items.push(foldCommand(events));
      if (items.length === limit) return { items, next: place };
    }
    if (batch.length < size) return { items };
  }
  return { items, ...(place && { next: place }) };
}

/** The events of each command that begins in a batch, by the id of its first event. */
async function commandsOf(
  reads: AuditReads,
  selection: AuditSelection,
  batch: readonly PlacedAuditEvent[],
  maxEvents: number,
): Promise<ReadonlyMap<string, readonly AuditEvent[]>> {
  const beginnings = await beginningsOf(reads, selection, batch);
  const commands = new Map<string, readonly AuditEvent[]>();
  const sessions = new Map<string, AuditEvent>();
  for (const event of beginnings) {
    const { kubectlSession } = event.request ?? {};
    if (kubectlSession !== undefined) sessions.set(JSON.stringify([event.principal?.id, kubectlSession]), event);
  }
  for (const own of await eventsOfSessions(reads, selection, [...sessions.values()], maxEvents)) {
    const [first] = own;
    if (first !== undefined) commands.set(first.id, own);
  }
  await each(beginnings.filter(isCorrelated), async (head) => {
    if (head.principal === undefined) return;
    const around = await reads.list(
      {
        ...selection,
        principalId: head.principal.id,
        from: new Date(head.at.getTime() - CHAIN_GAP_MS),
        to: new Date(head.at.getTime() + CHAIN_SPAN_MS),
      },
      { order: 'oldest', limit: maxEvents },
    );
    const starts = await beginningsOf(reads, selection, around);
    const chain = chainFrom(head, starts);
    if (chain !== undefined) commands.set(head.id, await withOutcomes(reads, selection, chain));
  });
  return commands;
}

/** The events of each session of kubectl, from its first on. Whoever states the session of somebody else does not get into theirs. */
async function eventsOfSessions(
  reads: AuditReads,
  selection: AuditSelection,
  heads: readonly AuditEvent[],
  maxEvents: number,
): Promise<readonly (readonly AuditEvent[])[]> {
  const names = [...new Set(heads.map(({ request }) => request?.kubectlSession ?? ''))];
  if (names.length === 0) return [];
  const ownOf = (head: AuditEvent, events: readonly AuditEvent[]) =>
    events.filter(
      ({ principal, request }) =>
        principal?.id === head.principal?.id && request?.kubectlSession === head.request?.kubectlSession,
    );
  // Most have a few events each; one that goes on and on must not be read whole for the others' sake.
  const together = await reads.few(withSessions(selection, names), maxEvents);
  if (together !== undefined) return heads.map((head) => ownOf(head, together));
  const found: (readonly AuditEvent[])[] = [];
  await each(heads, async (head) => {
    const session = withSessions(selection, [head.request?.kubectlSession ?? '']);
    const events = await reads.list(session, { order: 'oldest', limit: maxEvents });
    found.push(
      ownOf(
        head,
        events.map(({ event }) => event),
      ),
    );
  });
  return found;
}

/** The first event of each request: answers of those that are known to have started are left out. */
async function beginningsOf(
  reads: AuditReads,
  selection: AuditSelection,
  batch: readonly PlacedAuditEvent[],
): Promise<readonly AuditEvent[]> {
  const events = batch.map(({ event }) => event);
  const here = new Set(events.map(({ id }) => id));
  const startOf = ({ code, request }: AuditEvent) =>
    code === 'proxy.request.completed' || code === 'proxy.request.interrupted'
      ? request && requestEventId(request.id, 'started')
      : undefined;
  const asked = events.flatMap((event) => startOf(event) ?? []).filter((id) => !here.has(id));
  const started = new Set((await reads.findAll(selection, asked)).map(({ id }) => id));
  return events.filter((event) => {
    const start = startOf(event);
    return start === undefined || !(here.has(start) || started.has(start));
  });
}

async function withOutcomes(
  reads: AuditReads,
  selection: AuditSelection,
  beginnings: readonly AuditEvent[],
): Promise<readonly AuditEvent[]> {
  const ids = beginnings.flatMap(({ code, request }) =>
    code === 'proxy.request.started' && request ? [requestEventId(request.id, 'outcome')] : [],
  );
  return [...beginnings, ...(await reads.findAll(selection, ids))];
}

function withSessions(selection: AuditSelection, sessions: readonly string[]): AuditSelection {
  return { ...selection, fields: [...(selection.fields ?? []), ['kubectlSession', sessions]] };
}

/** A few at a time: the pool is not for one caller alone. */
async function each<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  for (let i = 0; i < items.length; i += 4) await Promise.all(items.slice(i, i + 4).map(work));
}
