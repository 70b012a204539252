import { type AuditEvent, formatAuditEvent, parseAuditEvent, requestEventId } from '@sallyport/audit';
import type { ReplicaId } from '@sallyport/core';
import { type Kysely, sql } from 'kysely';
import { makeAuditLeaf } from './audit-leaf.ts';
import { termsOf } from './audit-terms.ts';
import type { Store } from './contracts.ts';
import type { Database } from './schema.ts';

/** Where events come from. */
export interface AuditOrigin {
  /** The server that carries the requests of these events. Absent: none of them leaves a request open. */
  readonly replicaId?: ReplicaId;
}

/**
 * Appends events, in their order, with one statement: the events with their leaves and search terms, the note that they have no index yet, and
 * which requests they leave open or close. One parameter holds all events: on the embedded database that is several times as
 * fast as one parameter per column. Ids that are there already change nothing.
 */
export async function insertAuditEvents(
  db: Kysely<Database>,
  events: readonly AuditEvent[],
  { replicaId }: AuditOrigin = {},
): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event) => {
    const line = formatAuditEvent(event);
    const { salt, hash } = makeAuditLeaf(line);
    return `["${hexOf(salt)}","${hexOf(hash)}","{${termsOf(event).join(',')}}",${line}]`;
  });
  const closed = new Set(events.flatMap(({ code, request }) => (closesRequest(code) && request ? [request.id] : [])));
  const opened =
    replicaId === undefined
      ? []
      : events.flatMap(({ id, code, request }) =>
          code === 'proxy.request.started' && request && !closed.has(request.id)
            ? [{ id, outcome: requestEventId(request.id, 'outcome') }]
            : [],
        );
  // Only what was added leaves a request open: of a start that comes again, the outcome may be there already. So it may be of
  // one that comes late: it was not taken in time, the request was refused for that, and the refusal overtook it.
  const opening = sql`, opened as (
    insert into open_requests (request_id, replica_id, organization_id, started_at)
    select event->'request'->>'id', ${replicaId}::text, organization_id, at
    from added join jsonb_to_recordset(${JSON.stringify(opened)}::jsonb) as begun (id text, outcome text) using (id)
    where not exists (select from audit_events as ended where ended.id = begun.outcome)
    on conflict do nothing)`;
  const closing = sql`, closed as (
    delete from open_requests where request_id in (select jsonb_array_elements_text(${JSON.stringify([...closed])}::jsonb)))`;
  await sql`
    with added as (
      insert into audit_events (id, at, code, organization_id, cluster_id, event, salt, leaf_hash, terms)
      select e->>'id', (e->>'at')::timestamptz, e->>'code', e->>'organizationId', e->>'clusterId', e, salt, leaf, terms
      from (
        select row->3 as e, decode(row->>0, 'hex') as salt, decode(row->>1, 'hex') as leaf,
          (row->>2)::bigint[] as terms, position
        from jsonb_array_elements(${`[${rows.join(',')}]`}::jsonb) with ordinality as rows (row, position)
      ) as events
      order by position
      on conflict (id) do nothing
      returning seq, id, at, organization_id, ${opened.length > 0 ? sql`event` : sql`null`} as event
    )${opened.length > 0 ? opening : sql``}${closed.size > 0 ? closing : sql``}
    insert into audit_pending select seq from added`.execute(db);
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** Whether an event of this code is the end of a request that was started. */
function closesRequest(code: AuditEvent['code']): boolean {
  return code === 'proxy.request.completed' || code === 'proxy.request.interrupted';
}

/** Reads events, newest first. */
export async function selectAuditEvents(
  db: Kysely<Database>,
  filter: Parameters<Store['listAudit']>[0],
): Promise<readonly AuditEvent[]> {
  let query = db.selectFrom('audit_events').select('event');
  if (filter.organizationId !== undefined) query = query.where('organization_id', '=', filter.organizationId);
  if (filter.clusterId !== undefined) query = query.where('cluster_id', '=', filter.clusterId);
  const rows = await query.orderBy('at', 'desc').orderBy('seq', 'desc').limit(filter.limit).execute();
  return rows.map(({ event }) => parseAuditEvent(event));
}
