/** What the database of the servers says of its audit log. */
import { parseAuditEvent } from '@sallyport/audit';
import { readLines, verifyLog } from '@sallyport/audit/proof';
import { sql } from 'kysely';
import { exportBundle } from '../../packages/server/src/audit/export-bundle.ts';
import { createStore, type StoreDatabase } from '../../packages/server/src/stores/open-store.ts';

/** Requests without an outcome, and whether their server lives. */
export async function openRequests({ db }: StoreDatabase): Promise<readonly string[]> {
  const open = await db
    .selectFrom('open_requests')
    .leftJoin('replicas', 'replicas.replica_id', 'open_requests.replica_id')
    .select(['request_id', 'open_requests.started_at', 'replicas.replica_id as living'])
    .execute();
  if (open.length === 0) return [];
  const started = await db
    .selectFrom('audit_events')
    .select('event')
    .where('code', '=', 'proxy.request.started')
    .execute();
  const requests = new Map(
    started.map(({ event }) => parseAuditEvent(event)).map(({ request }) => [request?.id, request]),
  );
  return open.map(({ request_id, started_at, living }) => {
    const { method, path } = requests.get(request_id) ?? {};
    return `${method} ${path} (${request_id}) since ${started_at.toISOString()} on a server that ${living ? 'lives' : 'is gone'}`;
  });
}

/**
 * What is wrong with the logs once all servers have ended: gaps and doubles of indexes, events that are in no log and not
 * waiting for their place, and what a verifier finds. Every sentence is a fault.
 */
export async function logFaults(database: StoreDatabase): Promise<readonly string[]> {
  const { rows: uneven } = await sql<{ log: string; count: unknown; from: unknown; to: unknown }>`
    select log, count(*) as count, min(log_index) as from, max(log_index) as to from audit_log
    group by log having min(log_index) <> 0 or max(log_index) <> count(*) - 1`.execute(database.db);
  const { rows: lost } = await sql<{ id: string }>`
    select id from audit_events
    where (select count(*) from audit_log where audit_log.seq = audit_events.seq)
      + (select count(*) from audit_pending where audit_pending.seq = audit_events.seq) <> 1`.execute(database.db);
  const { auditProof } = createStore(database);
  const keys = await auditProof.keys();
  const findings: string[] = [];
  for (const log of await auditProof.logs()) {
    const lines = readLines(exportBundle({ rows: auditProof }, { log, keys, at: new Date() }));
    const report = await verifyLog(lines, { keys });
    findings.push(...report.findings.map(({ kind, message }) => `log ${log} does not hold: ${kind}, ${message}`));
    if (report.entries === 0) findings.push(`log ${log} was verified and has no entries`);
  }
  return [
    ...uneven.map(({ log, count, from, to }) => `log ${log} has ${count} entries, from ${from} to ${to}`),
    ...lost.map(({ id }) => `event ${id} has not one place`),
    ...findings,
  ];
}
