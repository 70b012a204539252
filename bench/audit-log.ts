/** An audit log of any size, as some months of work leave it behind: made in part here, multiplied in the database. */
import { createHash } from 'node:crypto';
import { type AuditEvent, parseAuditEvent } from '@sallyport/audit';
import { createId, type OrganizationId } from '@sallyport/core';
import { type Kysely, sql } from 'kysely';
import { type AuditTermField, fieldTerm, termsOf } from '../packages/server/src/stores/audit-terms.ts';
import type { Database } from '../packages/server/src/stores/schema.ts';

/** Events that are made here; the database holds whole copies of them, one after the other in time. */
export const PATTERN_EVENTS = 100_000;
const DAY_MS = 86_400_000;
/** What the log reaches back. */
const SPAN_MS = 90 * DAY_MS;
const INSERT_BATCH = 2_000;

/** What queries ask for: values that stand in the events of the newest copy. */
export interface AuditLogGround {
  readonly organizationId: OrganizationId;
  /** The events of the newest copy, oldest first. */
  readonly events: readonly AuditEvent[];
  /** Begin and end of the log. */
  readonly from: Date;
  readonly to: Date;
}

/** Fields whose values come once, so that each copy has others. */
const UNIQUE = [
  ['requestId', (event: AuditEvent) => event.request?.id],
  ['traceId', (event: AuditEvent) => event.traceId],
  ['kubectlSession', (event: AuditEvent) => event.request?.kubectlSession],
] as const satisfies readonly (readonly [AuditTermField, (event: AuditEvent) => string | undefined])[];

/**
 * Fills an empty log with `copies` × {@link PATTERN_EVENTS} events of one organization, then makes its indexes. Not logged by the
 * database: what is measured afterwards are reads.
 */
export async function fillAuditLog(
  db: Kysely<Database>,
  copies: number,
  say: (line: string) => void,
): Promise<AuditLogGround> {
  const organizationId = createId('organization');
  const to = new Date(Math.floor(Date.now() / 1_000) * 1_000);
  const from = new Date(to.getTime() - SPAN_MS);
  const sliceMs = SPAN_MS / copies;
  const events = makeEvents(organizationId, to.getTime() - sliceMs, sliceMs);
  const { rows } = await sql<{ indexdef: string; name: string }>`
    select indexdef, indexname as name from pg_indexes
    where tablename = 'audit_events' and indexname not like '%pkey'`.execute(db);
  const made = rows.filter(({ name }) => name !== 'audit_events_id_key');
  await sql`alter table audit_events set unlogged`.execute(db);
  await sql`alter table audit_events set (autovacuum_enabled = off)`.execute(db);
  for (const { name } of made) await sql`drop index ${sql.id(name)}`.execute(db);
  await sql`create unlogged table pattern
    (n int primary key, at_ms double precision, event jsonb, shared bigint[], own bigint[])`.execute(db);
  for (let i = 0; i < events.length; i += INSERT_BATCH) {
    const batch = events.slice(i, i + INSERT_BATCH).map((event, j) => {
      const own = UNIQUE.flatMap(([field, read]) => {
        const value = read(event);
        return value === undefined ? [] : [fieldTerm(organizationId, field, value)];
      });
      const shared = termsOf(event).filter((term) => !own.includes(term));
      return [i + j, event.at.getTime(), event, `{${shared.join(',')}}`, `{${own.join(',')}}`];
    });
    await sql`insert into pattern select (row->>0)::int, (row->>1)::double precision, row->2,
      (row->>3)::bigint[], (row->>4)::bigint[]
      from jsonb_array_elements(${JSON.stringify(batch)}::jsonb) as rows (row)`.execute(db);
  }
  const startedAt = Date.now();
  for (let copy = 0; copy < copies; copy += 1) {
    await insertCopy(db, organizationId, (copies - 1 - copy) * sliceMs, copy === copies - 1);
    if (copy % 10 === 9) say(`filled ${(copy + 1) * PATTERN_EVENTS} events in ${seconds(startedAt)} s`);
  }
  await sql`drop table pattern`.execute(db);
  await sql`set maintenance_work_mem = '2GB'`.execute(db);
  for (const { name, indexdef } of made) {
    await sql.raw(indexdef).execute(db);
    say(`made ${name}, ${seconds(startedAt)} s`);
  }
  await sql`vacuum analyze audit_events`.execute(db);
  say(`filled and analyzed in ${seconds(startedAt)} s`);
  return { organizationId, events, from, to };
}

/** The log that {@link fillAuditLog} left in a database; `undefined` where there is none. */
export async function findAuditLog(db: Kysely<Database>): Promise<AuditLogGround | undefined> {
  const { rows } = await sql<{ event: unknown }>`
    select event from audit_events order by seq desc limit ${PATTERN_EVENTS}`.execute(db);
  const events = rows.map(({ event }) => parseAuditEvent(event)).reverse();
  const [first, last] = [events[0], events.at(-1)];
  if (first?.organizationId === undefined || last === undefined) return undefined;
  const to = new Date(Math.ceil(last.at.getTime() / 1_000) * 1_000);
  return { organizationId: first.organizationId, events, from: new Date(to.getTime() - SPAN_MS), to };
}

/** One copy, `backMs` before the newest one, which alone has the ids of the pattern. */
async function insertCopy(
  db: Kysely<Database>,
  organizationId: OrganizationId,
  backMs: number,
  isNewest: boolean,
): Promise<void> {
  const leaf = createHash('sha256').update(organizationId).digest('hex');
  const salt = leaf.slice(0, 32);
  await sql`
    insert into audit_events (id, at, code, organization_id, cluster_id, event, salt, leaf_hash, terms)
    select
      event->>'id', to_timestamp((event->>'ms')::double precision / 1000), event->>'code', ${organizationId},
      event->>'clusterId', event - 'ms', decode(${salt}, 'hex'), decode(${leaf}, 'hex'), terms
    from (
      select n, shared || ${
        isNewest
          ? sql`own`
          : sql`array[(random() * 9e15)::bigint, (random() * 9e15)::bigint, (random() * 9e15)::bigint]`
      } as terms,
        event || ${
          isNewest
            ? sql`jsonb_build_object('ms', at_ms)`
            : sql`jsonb_build_object('ms', at_ms - ${backMs}::double precision,
                'id', 'evt_' || substr(md5(random()::text), 1, 26), 'traceId', md5(random()::text),
                'at', to_char(to_timestamp((at_ms - ${backMs}::double precision) / 1000) at time zone 'utc',
                  'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`
        } as event
      from pattern
    ) as copied order by n`.execute(db);
}

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 1_000);
}

/** A source of numbers in [0, 1) that gives the same ones each time (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const RESOURCES = ['pods', 'deployments', 'services', 'configmaps', 'secrets', 'nodes', 'events', 'jobs', 'ingresses'];
const GROUPS: Readonly<Record<string, string>> = { deployments: 'apps', jobs: 'batch', ingresses: 'networking.k8s.io' };

/** Commands of kubectl with their requests, some denials, failures, logins and grants, spread over one slice of time. */
function makeEvents(organizationId: OrganizationId, beginMs: number, sliceMs: number): readonly AuditEvent[] {
  const random = createRandom(6);
  const few = (count: number, exponent: number) => Math.floor(count * random() ** exponent);
  const idsOf = <Kind extends 'principal' | 'cluster' | 'grant'>(kind: Kind, count: number) =>
    Array.from({ length: count }, () => createId(kind));
  const [people, clusters, grants] = [idsOf('principal', 2_000), idsOf('cluster', 40), idsOf('grant', 500)];
  const sessions = people.map(() => createId('loginSession'));
  const events: AuditEvent[] = [];
  while (events.length < PATTERN_EVENTS) {
    const at = beginMs + (events.length / PATTERN_EVENTS) * sliceMs;
    const person = few(2_000, 3);
    const cluster = few(40, 2);
    const sourceAddress = `10.${person % 200}.${person % 37}.${1 + (person % 250)}`;
    const envelope = (offsetMs: number) =>
      ({
        id: createId('auditEvent', at + offsetMs),
        at: new Date(Math.floor(at + offsetMs)),
        severity: 'info',
        organizationId,
        principal: {
          id: people[person] as (typeof people)[number],
          userName: `person${person}@example.com`,
          groups: ['developers', `team-${person % 50}`],
          issuer: 'https://idp.example.com',
        },
        loginSessionId: sessions[person] as (typeof sessions)[number],
        sourceAddress,
      }) as const;
    if (random() < 0.01) {
      const details = { code: 'ERR_LOGIN_LOCAL_REFUSED', method: 'password' };
      events.push({ ...envelope(0), code: 'login.failed', severity: 'notice', details });
      continue;
    }
    const kubectlSession = createHash('md5').update(`${events.length}`).digest('hex');
    const namespace = `namespace-${few(300, 2)}`;
    const resource = RESOURCES[few(RESOURCES.length, 1.5)] as string;
    const verb = ['get', 'list', 'watch', 'patch', 'create', 'delete'][few(6, 2)] as string;
    const isExec = resource === 'pods' && random() < 0.1;
    const count = 1 + few(4, 1);
    for (let i = 0; i < count && events.length < PATTERN_EVENTS; i += 1) {
      const name = `${resource.slice(0, 4)}-${few(5_000, 1)}`;
      const path = `/api/v1/namespaces/${namespace}/${resource}/${name}`;
      const isDenied = random() < 0.02;
      const request = {
        ...envelope(i * 40),
        clusterId: clusters[cluster] as (typeof clusters)[number],
        clusterName: `cluster-${cluster}`,
        traceId: createHash('md5').update(`${events.length} trace`).digest('hex'),
        request: {
          id: createId('decision', at + i * 40),
          method: 'GET',
          path,
          attributes: {
            kind: 'resource' as const,
            verb: isExec ? 'create' : verb,
            apiGroup: GROUPS[resource] ?? '',
            apiVersion: 'v1',
            resource,
            subresource: isExec ? 'exec' : '',
            namespace,
            name,
            remainder: '',
            path,
          },
          userAgent: 'kubectl/v1.36.0 (linux/amd64) kubernetes/abcdef0',
          kubectlCommand: isExec ? 'kubectl exec' : `kubectl ${verb}`,
          kubectlSession,
        },
        decision: {
          effect: isDenied ? ('deny' as const) : ('allow' as const),
          reasons: [
            random() < 0.1
              ? `role "admin" is granted by ${grants[few(500, 1)]} until 2026-12-01T00:00:00.000Z`
              : 'role "developer" is bound by bnd_01jd000000000000000000dev0',
          ],
          snapshotVersion: 1_234,
          impersonatedUser: `person${person}@example.com`,
          impersonatedGroups: ['sallyport:edit'],
        },
      };
      const isBroken = random() < 0.003;
      const outcome = {
        status: isDenied ? 403 : random() < 0.04 ? 404 : 200,
        bytesSent: 2_048,
        bytesReceived: 0,
        durationMs: few(400, 3),
        ended: isDenied ? ('refused' as const) : isBroken ? ('tunnelLost' as const) : ('completed' as const),
        ...(isDenied && { errorCode: 'ERR_PROXY_DENIED' }),
      };
      if (isDenied) events.push({ ...request, code: 'proxy.request.denied', severity: 'notice', outcome });
      else {
        events.push({ ...request, code: 'proxy.request.started' });
        const end = { ...request, id: createId('auditEvent', at + i * 40), at: new Date(Math.floor(at + i * 40 + 10)) };
        events.push({ ...end, code: 'proxy.request.completed', outcome });
      }
    }
  }
  return events.sort((a, b) => a.at.getTime() - b.at.getTime());
}
