import { type AuditEvent, parseAuditEvent, requestEventId } from '@sallyport/audit';
import { createId, type DecisionId, type ReplicaId } from '@sallyport/core';
import { type Kysely, sql } from 'kysely';
import { insertAuditEvents } from './audit-rows.ts';
import type { Database } from './schema.ts';

/**
 * Ends what servers left open whose lease has ended: each of their requests gets its outcome, unless one has come meanwhile,
 * and each server that did not take its leave gets one event. Yields how many rows were dealt with.
 */
export async function interruptAbandoned(db: Kysely<Database>, atMs: number, limit: number): Promise<number> {
  const { rows: lost } = await sql<{ replica_id: ReplicaId }>`
    delete from replicas where expires_at <= clock_timestamp() returning replica_id`.execute(db);
  const { rows: open } = await sql<{ request_id: DecisionId; replica_id: ReplicaId }>`
    select request_id, replica_id from open_requests
    where not exists (select from replicas where replicas.replica_id = open_requests.replica_id)
    order by request_id limit ${limit}`.execute(db);
  if (lost.length + open.length === 0) return 0;
  const replicaOf = new Map(open.map(({ request_id, replica_id }) => [request_id, replica_id]));
  const started = await startedEvents(db, [...replicaOf.keys()]);
  await insertAuditEvents(db, [
    ...lost.map(({ replica_id }) => replicaLost(replica_id, atMs)),
    ...started.flatMap((event) => interrupted(event, replicaOf, atMs)),
  ]);
  // Those too whose start is not there any more.
  await sql`
    delete from open_requests
    where request_id in (select jsonb_array_elements_text(${JSON.stringify([...replicaOf.keys()])}::jsonb))`.execute(
    db,
  );
  return lost.length + open.length;
}

async function startedEvents(db: Kysely<Database>, ids: readonly DecisionId[]): Promise<readonly AuditEvent[]> {
  const eventIds = JSON.stringify(ids.map((id) => requestEventId(id, 'started')));
  const { rows } = await sql<{ event: unknown }>`
    select event from audit_events where id in (select jsonb_array_elements_text(${eventIds}::jsonb))
    order by id`.execute(db);
  return rows.map(({ event }) => parseAuditEvent(event));
}

function replicaLost(replicaId: ReplicaId, atMs: number): AuditEvent {
  return {
    id: createId('auditEvent', atMs),
    code: 'server.replica.lost',
    at: new Date(atMs),
    severity: 'warning',
    details: { replicaId },
  };
}

/** The outcome of a request of which nobody knows how it ended: all that its start says, and no number that is a guess. */
function interrupted(event: AuditEvent, replicaOf: ReadonlyMap<DecisionId, ReplicaId>, atMs: number): AuditEvent[] {
  const { request } = event;
  const replicaId = request && replicaOf.get(request.id);
  if (request === undefined || replicaId === undefined || event.code !== 'proxy.request.started') return [];
  return [
    {
      ...event,
      id: requestEventId(request.id, 'outcome'),
      code: 'proxy.request.interrupted',
      at: new Date(atMs),
      severity: 'warning',
      outcome: { status: 0, bytesSent: 0, bytesReceived: 0, durationMs: 0, ended: 'interrupted' },
      details: { ...event.details, replicaId },
    },
  ];
}
