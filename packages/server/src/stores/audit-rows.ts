import { type AuditEvent, parseAuditEvent } from '@sallyport/audit';
import { type Kysely, sql } from 'kysely';
import type { Store } from './contracts.ts';
import type { Database } from './schema.ts';

/**
 * Appends events, given in their JSON form, in their order, with one statement. One parameter holds them all: on the embedded
 * database that is several times as fast as one parameter per column.
 */
export async function insertAuditEvents(db: Kysely<Database>, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  await sql`
    insert into audit_events (id, at, code, organization_id, cluster_id, event)
    select e->>'id', (e->>'at')::timestamptz, e->>'code', e->>'organizationId', e->>'clusterId', e
    from jsonb_array_elements(${`[${lines.join(',')}]`}::jsonb) with ordinality as events (e, position)
    order by position
    on conflict (id) do nothing`.execute(db);
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
