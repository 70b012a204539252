/** How long the commonest questions to the audit log take, with how PostgreSQL answers them. */
import { freemem } from 'node:os';
import type { AuditEvent } from '@sallyport/audit';
import { Secret } from '@sallyport/core';
import { type CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { listCommands } from '../packages/server/src/audit-search/commands/list-commands.ts';
import { countSelection } from '../packages/server/src/audit-search/count.ts';
import { type AuditCounting, countAuditEvents } from '../packages/server/src/stores/audit-counts.ts';
import { type AuditPage, type AuditReads, createAuditReads } from '../packages/server/src/stores/audit-query.ts';
import type { AuditSelection } from '../packages/server/src/stores/audit-selection.ts';
import { parseAuditText } from '../packages/server/src/stores/audit-text.ts';
import { openDatabase } from '../packages/server/src/stores/open-store.ts';
import { NO_COMPILATION } from '../packages/server/src/stores/postgres/open.ts';
import type { Database } from '../packages/server/src/stores/schema.ts';
import { createPostgresDatabase } from '../packages/server/src/stores/testing.ts';
import { type AuditLogGround, fillAuditLog, findAuditLog, PATTERN_EVENTS } from './audit-log.ts';
import type { Run } from './run.ts';

const ID = 'audit-search';
const GOAL = 'p95 at most 300';
/** How often each question is asked, each time about something else. */
const TIMES = 40;
const PAGE = 100;
const DAY_MS = 86_400_000;

interface Question {
  readonly title: string;
  ask(reads: Reads, about: About): Promise<unknown>;
}

type Reads = AuditReads & { counts(selection: AuditSelection, counting: AuditCounting): Promise<unknown> };

/** What one asking is about: the log, and an event that is in it. */
interface About {
  readonly ground: AuditLogGround;
  readonly event: AuditEvent;
  /** Goes from 0 to 1 over the askings. */
  readonly share: number;
}

const page = (
  title: string,
  narrow: (about: About) => Partial<AuditSelection>,
  of: (about: About) => Partial<AuditPage> = () => ({}),
): Question => ({
  title,
  ask: (reads, about) =>
    reads.list(
      { organizationId: about.ground.organizationId, sight: 'all', ...narrow(about) },
      { order: 'newest', limit: PAGE + 1, ...of(about) },
    ),
});

/** A place anywhere in the log. */
const deep = ({ ground: { from, to }, share }: About): Partial<AuditPage> => ({
  after: { at: new Date(from.getTime() + share * (to.getTime() - from.getTime())), seq: 0 },
});
const resourceOf = ({ event: { request } }: About) =>
  request?.attributes?.kind === 'resource' ? request.attributes : undefined;
const text = (q: string): Partial<AuditSelection> => ({ text: parseAuditText(q) });
const lastDay = ({ ground: { to } }: About) => ({ from: new Date(to.getTime() - DAY_MS), to });
const field = (
  name: NonNullable<AuditSelection['fields']>[number][0],
  ...values: readonly (string | number | undefined)[]
): Partial<AuditSelection> => ({ fields: [[name, values.map((value) => value ?? '')]] });

const QUESTIONS: readonly Question[] = [
  page('newest page', () => ({})),
  page('page anywhere in the log', () => ({}), deep),
  page(
    'oldest first, anywhere',
    () => ({}),
    (about) => ({ ...deep(about), order: 'oldest' }),
  ),
  page('one hour, anywhere', (about) => {
    const { at } = deep(about).after as NonNullable<AuditPage['after']>;
    return { from: new Date(at.getTime() - 3_600_000), to: at };
  }),
  page('a person', ({ event }) => (event.principal ? { principalId: event.principal.id } : {})),
  page('a person, anywhere', ({ event }) => (event.principal ? { principalId: event.principal.id } : {}), deep),
  page('a cluster, anywhere', ({ event }) => (event.clusterId ? { clusterIds: [event.clusterId] } : {}), deep),
  page('a namespace of a cluster', (about) => ({
    ...(about.event.clusterId && { clusterIds: [about.event.clusterId] }),
    ...field('namespace', resourceOf(about)?.namespace),
  })),
  page('what one auditor of a namespace sees', (about) => ({
    sight: about.event.clusterId
      ? [{ clusterId: about.event.clusterId, namespaces: [resourceOf(about)?.namespace ?? ''] }]
      : [],
  })),
  page('denials', () => ({ codes: ['proxy.request.denied'] })),
  page('failed logins, anywhere', () => ({ codes: ['login.failed', 'login.locked'] }), deep),
  page('deletions by a person', ({ event }) => ({
    ...(event.principal && { principalId: event.principal.id }),
    ...field('verb', 'delete', 'deletecollection'),
  })),
  page(
    'pods/exec',
    () => ({
      fields: [
        ['resource', ['pods']],
        ['subresource', ['exec']],
      ],
    }),
    deep,
  ),
  page('one object', (about) => ({
    fields: [
      ['namespace', [resourceOf(about)?.namespace ?? '']],
      ['resource', [resourceOf(about)?.resource ?? '']],
      ['name', [resourceOf(about)?.name ?? '']],
    ],
  })),
  page('a request', ({ event }) => field('requestId', event.request?.id)),
  page('a trace', ({ event }) => field('traceId', event.traceId)),
  page('a grant', ({ event }) => ({
    words: [/gnt_\w+/.exec(event.decision?.reasons.join(' ') ?? '')?.[0] ?? 'gnt_none'],
  })),
  page('an address', ({ event }) => field('sourceAddress', event.sourceAddress)),
  page('lost tunnels', () => field('ended', 'tunnelLost', 'accessEnded')),
  page('full text: a rare word', (about) => text(resourceOf(about)?.name ?? 'none')),
  page('full text: frequent words', () => text('developer exec kubectl -secrets')),
  page('full text: a phrase', ({ event }) => text(`"is bound by" ${event.clusterName ?? ''}`)),
  {
    title: 'counts by hour, one day',
    ask: (reads, about) =>
      countSelection(
        { store: { auditReads: reads } as never, clock: { now: Date.now } as never },
        { organizationId: about.ground.organizationId, sight: 'all', ...lastDay(about) },
        { top: 10, interval: '1h' },
      ),
  },
  {
    title: 'top ten people, one day',
    ask: (reads, about) =>
      countSelection(
        { store: { auditReads: reads } as never, clock: { now: Date.now } as never },
        { organizationId: about.ground.organizationId, sight: 'all', ...lastDay(about) },
        { top: 10, by: 'user' },
      ),
  },
  {
    title: 'commands of kubectl',
    ask: (reads, { ground: { organizationId } }) =>
      listCommands(reads, { organizationId, sight: 'all' }, { limit: 20 }),
  },
];

/**
 * Fills a log and asks. `SALLYPORT_BENCH_AUDIT_EVENTS` says how many events, 10 million by default. With
 * `SALLYPORT_BENCH_AUDIT_DATABASE` the log is in the database of that name and stays there: a run that finds it asks at once.
 */
export async function measureAuditSearch(serverUrl: string, run: Run): Promise<void> {
  if (!run.isWanted(ID)) return;
  const copies = Math.ceil(Number(process.env['SALLYPORT_BENCH_AUDIT_EVENTS'] ?? 10_000_000) / PATTERN_EVENTS);
  const kept = process.env['SALLYPORT_BENCH_AUDIT_DATABASE'];
  const database = await (kept === undefined
    ? createPostgresDatabase(serverUrl)
    : openPostgresDatabase(serverUrl, kept));
  try {
    const opened = await openDatabase(
      { kind: 'postgres', url: database.url },
      { encryptionKey: new Secret(Buffer.alloc(32, 7)) },
    );
    await opened.close();
    const asked: CompiledQuery[] = [];
    const pool = new pg.Pool({
      connectionString: database.url,
      max: 1,
      onConnect: (client) => void client.query(NO_COMPILATION),
    });
    const db = new Kysely<Database>({
      dialect: new PostgresDialect({ pool }),
      log: ({ query }) => void asked.push(query),
    });
    try {
      const ground =
        (await findAuditLog(db)) ??
        (await fillAuditLog(db, copies, (line) => process.stderr.write(`${ID}: ${line}\n`)));
      const { rows } = await pool.query<{ count: string; size: string; index: string }>(
        `select count(*) as count, pg_size_pretty(pg_total_relation_size('audit_events')) as size,
          pg_size_pretty(pg_relation_size('audit_events_by_terms')) as index from audit_events`,
      );
      run.note(
        `audit search: ${Number(rows[0]?.count).toLocaleString('en-US')} events, ${rows[0]?.size} with indexes, of which terms ` +
          `${rows[0]?.index}; ${Math.round(freemem() / 2 ** 30)} GiB of memory free`,
      );
      const reads: Reads = {
        ...createAuditReads(db),
        counts: (selection, counting) => countAuditEvents(db, selection, counting),
      };
      for (const question of QUESTIONS) await measure(question, { reads, ground, pool, asked }, run);
    } finally {
      await db.destroy();
    }
  } finally {
    await database.drop();
  }
}

/** A database that stays, made where there is none. */
async function openPostgresDatabase(serverUrl: string, name: string): Promise<{ url: string; drop(): Promise<void> }> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => Promise.resolve() };
}

interface Place {
  readonly reads: Reads;
  readonly ground: AuditLogGround;
  readonly pool: pg.Pool;
  /** Statements that were asked, the last one at the end. */
  readonly asked: CompiledQuery[];
}

async function measure(question: Question, { reads, ground, pool, asked }: Place, run: Run): Promise<void> {
  const values: number[] = [];
  for (let i = 0; i < TIMES; i += 1) {
    const share = (i + 0.5) / TIMES;
    const event = ground.events[Math.floor(share * ground.events.length)] as AuditEvent;
    asked.length = 0;
    const startedAt = performance.now();
    await question.ask(reads, { ground, event, share });
    values.push(performance.now() - startedAt);
  }
  const plan = await planOf(pool, asked.splice(0));
  run.time({ title: `audit search: ${question.title} (${plan})`, unit: 'ms', goal: GOAL, values });
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Actual Loops': number;
  readonly 'Shared Hit Blocks'?: number;
  readonly 'Shared Read Blocks'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** The ways to the rows that the statements of one asking take, in their order, and how many pages they touch. */
async function planOf(pool: pg.Pool, statements: readonly CompiledQuery[]): Promise<string> {
  const ways = new Set<string>();
  let pages = 0;
  const walk = ({ 'Node Type': type, 'Index Name': index, 'Actual Loops': loops, Plans = [] }: PlanNode): void => {
    if (index !== undefined && loops > 0) ways.add(index.replace('audit_events_', ''));
    else if (type === 'Seq Scan') ways.add(type);
    Plans.forEach(walk);
  };
  for (const { sql, parameters } of statements) {
    const { rows } = await pool.query<{ 'QUERY PLAN': readonly [{ readonly Plan: PlanNode }] }>(
      `explain (analyze, buffers, format json) ${sql}`,
      [...parameters],
    );
    const plan = rows[0]?.['QUERY PLAN'][0].Plan;
    if (plan === undefined) continue;
    walk(plan);
    pages += (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
  }
  const count = statements.length === 1 ? '1 statement' : `${statements.length} statements`;
  return `${[...ways].join(', ')}; ${count}, ${pages.toLocaleString('en-US')} pages`;
}
