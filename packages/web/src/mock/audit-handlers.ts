import { parseDuration } from '@sallyport/core';
import {
  type AuditEventResource,
  auditEventSchema,
  type OperationInput,
  type OperationOutput,
} from '@sallyport/core/api';
import { z } from 'zod';
import { mockAuditEvents } from './audit-events.ts';
import { createMockLog, type MockLog } from './audit-log.ts';
import { type MockHandlers, notFound } from './handlers.ts';
import type { MockWorld } from './world.ts';

type Filter = Partial<OperationInput<'listAuditEvents'>>;
type Fact = (event: AuditEventResource) => string | undefined;

/** What of an event each filter looks at; those that are not here let everything through. */
const FACTS: Readonly<Partial<Record<keyof Filter, Fact>>> = {
  user: ({ principal }) => principal?.userName,
  principal: ({ principal }) => principal?.id,
  cluster: ({ clusterName }) => clusterName,
  namespace: ({ request }) => request?.attributes?.namespace,
  resource: ({ request }) => request?.attributes?.resource,
  name: ({ request }) => request?.attributes?.name,
  verb: ({ request }) => request?.attributes?.verb,
  code: ({ code }) => code,
  category: ({ code }) => code.split('.')[0],
  severity: ({ severity }) => severity,
  effect: ({ decision }) => decision?.effect,
  request: ({ request }) => request?.id,
  kubectlSession: ({ request }) => request?.kubectlSession,
  recording: ({ recordingId }) => recordingId,
  status: ({ outcome }) => outcome && String(outcome.status),
};

function chosen(world: MockWorld, filter: Filter): readonly AuditEventResource[] {
  const facts = Object.entries(FACTS).flatMap(([name, fact]) => {
    const wanted = filter[name as keyof Filter];
    return wanted === undefined ? [] : [{ fact, values: String(wanted).split(',') }];
  });
  const [from, to] = [filter.from, filter.to].map((at) => (at === undefined ? undefined : new Date(at)));
  return mockAuditEvents(world).filter(
    (event) =>
      facts.every(({ fact, values }) => values.includes(fact(event) ?? '')) &&
      (from === undefined || event.at >= from) &&
      (to === undefined || event.at < to) &&
      (filter.q === undefined || JSON.stringify(event).toLowerCase().includes(filter.q.toLowerCase())),
  );
}

function groupBy(
  events: readonly AuditEventResource[],
  fact: Fact,
): ReadonlyMap<string, readonly AuditEventResource[]> {
  const groups = new Map<string, AuditEventResource[]>();
  for (const event of events) {
    const value = fact(event);
    if (value !== undefined) groups.set(value, [...(groups.get(value) ?? []), event]);
  }
  return groups;
}

function commandsOf(events: readonly AuditEventResource[]): OperationOutput<'listKubectlCommands'>['items'] {
  const sessions = groupBy(events, ({ request }) => request?.kubectlSession);
  return [...sessions.values()].map((group) => {
    const [first = group[0], ...rest] = group.toReversed();
    if (first?.request === undefined) throw notFound('call of kubectl');
    const last = rest.at(-1) ?? first;
    return {
      id: first.request.id,
      command: first.request.kubectlCommand ?? '',
      groupedBy: 'session',
      user: first.principal?.userName ?? '',
      ...(first.principal && { principalId: first.principal.id }),
      ...(first.clusterId && { clusterId: first.clusterId }),
      cluster: first.clusterName ?? '',
      kubectlSession: first.request.kubectlSession ?? '',
      startedAt: first.at,
      durationMs: last.at.getTime() - first.at.getTime() + (last.outcome?.durationMs ?? 0),
      outcome: group.some(({ decision }) => decision?.effect === 'deny') ? 'denied' : 'succeeded',
      requestCount: group.length,
      requests: [first, ...rest].flatMap(({ request }) => request?.id ?? []),
      recordings: group.flatMap(({ recordingId }) => recordingId ?? []),
    };
  });
}

const logs = new WeakMap<MockWorld, Promise<MockLog>>();

function logOf(world: MockWorld): Promise<MockLog> {
  const log = logs.get(world) ?? createMockLog(world.me.organization.id, mockAuditEvents(world));
  logs.set(world, log);
  return log;
}

/** The audit log. Its proofs are real ones, of a log that is signed when it is first asked for. */
export const auditHandlers: MockHandlers<
  | 'listAuditEvents'
  | 'exportAuditEvents'
  | 'tailAuditEvents'
  | 'aggregateAuditEvents'
  | 'getAuditEvent'
  | 'listKubectlCommands'
  | 'listAuditKeys'
  | 'proveAuditEvent'
> = {
  listAuditEvents: ({ input, world }) => {
    const events = chosen(world, input);
    return { items: input.order === 'oldest' ? events.toReversed() : [...events], metadata: {} };
  },
  exportAuditEvents: ({ input, world }) =>
    chosen(world, input)
      .map((event) =>
        input.format === 'csv'
          ? `${event.at.toISOString()},${event.code}\n`
          : `${JSON.stringify(z.encode(auditEventSchema, event))}\n`,
      )
      .join(''),
  async *tailAuditEvents({ input, world, signal }) {
    yield 'retry: 2000\nid: 1\n\n';
    const [newest] = chosen(world, input);
    if (newest !== undefined) {
      const event = { ...newest, id: 'evt_01jd0000000000000000009999', at: new Date() } as AuditEventResource;
      yield `id: 2\nevent: audit\ndata: ${JSON.stringify(z.encode(auditEventSchema, event))}\n\n`;
    }
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  },
  aggregateAuditEvents: ({ input, world }) => {
    const to = input.to === undefined ? world.now : new Date(input.to);
    const from = input.from === undefined ? new Date(to.getTime() - 86_400_000) : new Date(input.from);
    const events = chosen(world, input);
    const fact = input.by === undefined ? undefined : FACTS[input.by as keyof Filter];
    const counts = (some: readonly AuditEventResource[]) =>
      fact === undefined ? [] : [...groupBy(some, fact)].map(([value, { length }]) => ({ value, count: length }));
    const spanMs = input.interval === undefined ? undefined : parseDuration(input.interval);
    const count = spanMs === undefined ? 0 : Math.ceil((to.getTime() - from.getTime()) / spanMs);
    return {
      ...{ from, to, total: events.length, isComplete: true, values: counts(events), others: 0 },
      ...(spanMs !== undefined && {
        buckets: Array.from({ length: count }, (_, index) => {
          const at = new Date(from.getTime() + index * spanMs);
          const within = events.filter((event) => event.at >= at && event.at.getTime() < at.getTime() + spanMs);
          return { at, count: within.length, values: counts(within) };
        }),
      }),
    };
  },
  getAuditEvent: ({ input: { id }, world }) => {
    const event = mockAuditEvents(world).find((each) => each.id === id);
    if (event === undefined) throw notFound('audit event');
    return event;
  },
  listKubectlCommands: ({ input, world }) => ({ items: commandsOf(chosen(world, input)), metadata: {} }),
  listAuditKeys: async ({ world }) => (await logOf(world)).keys,
  proveAuditEvent: async ({ input, world }) => (await logOf(world)).prove(input.id),
};
