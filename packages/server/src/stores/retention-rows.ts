import type { OrganizationId, SessionRecordingId } from '@sallyport/core';
import { type Kysely, type RawBuilder, type Selectable, sql } from 'kysely';
import { INSTALLATION_LOG } from './audit-log-rows.ts';
import { createLeaseChecks } from './lease.ts';
import type { EventsToDelete, LegalHold, RetentionRows, RetentionWrites } from './retention-contracts.ts';
import type { RetentionTables } from './retention-schema.ts';
import type { Database } from './schema.ts';

/** Whether a hold in force keeps the event of the row `event`. */
const EVENT_IS_HELD = sql<boolean>`exists (
  select from legal_holds as hold
  where hold.organization_id = event.organization_id and hold.released_at is null
    and (hold.principal_id is null or event.event->'principal'->>'id' = hold.principal_id)
    and (hold.cluster_id is null or event.cluster_id = hold.cluster_id)
    and (hold.since is null or event.at >= hold.since)
    and (hold.until is null or event.at < hold.until)
    and (hold.access_request_id is null or event.event->'details'->>'accessRequestId' = hold.access_request_id)
    and (hold.recording_id is null or event.event->>'recordingId' = hold.recording_id
      or event.event->'request'->>'id' = (select request_id from recordings where id = hold.recording_id)))`;

/** Whether a hold in force keeps the row `recording`. One on an access request keeps none: recordings do not name it. */
const RECORDING_IS_HELD = sql<boolean>`exists (
  select from legal_holds as hold
  where hold.organization_id = recording.organization_id and hold.released_at is null
    and (hold.principal_id is null or recording.principal_id = hold.principal_id)
    and (hold.cluster_id is null or recording.cluster_id = hold.cluster_id)
    and (hold.since is null or recording.ended_at >= hold.since)
    and (hold.until is null or recording.started_at < hold.until)
    and (hold.recording_id is null or recording.id = hold.recording_id)
    and hold.access_request_id is null)`;

/** Reads what is kept for how long, and what is held. */
export function createRetentionRows(db: Kysely<Database>): RetentionRows {
  return {
    async logs() {
      const rows = await db.selectFrom('audit_trees').select('log').orderBy('log').execute();
      return rows.map(({ log }) => log);
    },
    async find(log) {
      const row = await db.selectFrom('audit_retention').selectAll().where('log', '=', log).executeTakeFirst();
      if (row === undefined) return { spec: {}, resourceVersion: 0 };
      return { spec: row.spec, resourceVersion: row.resource_version, updatedAt: row.updated_at };
    },
    async holds(organizationId, withReleased) {
      let query = db.selectFrom('legal_holds').selectAll().where('organization_id', '=', organizationId);
      if (!withReleased) query = query.where('released_at', 'is', null);
      return (await query.orderBy('created_at', 'desc').orderBy('id', 'desc').execute()).map(toHold);
    },
    async countHeld(selection) {
      const { rows } = await sql<{ count: number | string }>`
        select count(*) as count from audit_events as event where ${whereSelected(selection)} and ${EVENT_IS_HELD}`.execute(
        db,
      );
      return Number(rows[0]?.count ?? 0);
    },
    async dueRecordings(organizationId, before, limit) {
      const { rows } = await sql<{ id: SessionRecordingId; organization_id: OrganizationId }>`
        select id, organization_id from recordings as recording
        where organization_id = ${organizationId} and ended_at < ${before} and not ${RECORDING_IS_HELD}
        order by ended_at limit ${limit}`.execute(db);
      return rows.map(({ id, organization_id }) => ({ id, organizationId: organization_id }));
    },
  };
}

/** Writes of retention, inside a transaction. */
export function createRetentionWrites(db: Kysely<Database>, now: () => number): RetentionWrites {
  const { holdLease } = createLeaseChecks(db);
  /** A hold is ordered before the deletion, which then knows it, or after it; never beside it. */
  const awaitHolds = () => sql`lock table legal_holds in share mode`.execute(db);

  return {
    async set(log, spec, expected) {
      const updated_at = new Date(now());
      const values = { log, spec: JSON.stringify(spec), resource_version: expected + 1, updated_at };
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('audit_retention')
        .values(values)
        .onConflict((conflict) =>
          conflict.column('log').doUpdateSet(values).where('audit_retention.resource_version', '=', expected),
        )
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n;
    },
    async hold(hold) {
      const { principalId, clusterId, since, until, accessRequestId, recordingId } = hold.selection;
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('legal_holds')
        .values({
          id: hold.id,
          organization_id: hold.organizationId,
          name: hold.name,
          reason: hold.reason,
          principal_id: principalId ?? null,
          cluster_id: clusterId ?? null,
          since: since ?? null,
          until: until ?? null,
          access_request_id: accessRequestId ?? null,
          recording_id: recordingId ?? null,
          created_by: hold.createdBy,
          created_at: hold.createdAt,
          released_at: null,
          released_by: null,
          release_reason: null,
        })
        .onConflict((conflict) => conflict.constraint('legal_hold_name').doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n;
    },
    async release(organizationId, name, { at, by, reason }) {
      const row = await db
        .updateTable('legal_holds')
        .set({ released_at: at, released_by: by, release_reason: reason })
        .where('organization_id', '=', organizationId)
        .where('name', '=', name)
        .where('released_at', 'is', null)
        .returningAll()
        .executeTakeFirst();
      return row && toHold(row);
    },
    async deleteEvents(lease, selection) {
      await holdLease(lease);
      await awaitHolds();
      // The trigger on the table lets this transaction delete, and no other.
      await sql`select set_config('sallyport.retention', 'on', true)`.execute(db);
      const { rows } = await sql<{ log_index: number | string }>`
        with due as (
          select event.seq, place.log_index from audit_events as event join audit_log as place on place.seq = event.seq
          where ${whereSelected(selection)} and place.log = ${selection.log} and not ${EVENT_IS_HELD}
          order by event.at, event.seq limit ${selection.limit}
        ), deleted as (
          delete from audit_events where seq in (select seq from due)
        ), unlisted as (
          delete from audit_log where seq in (select seq from due)
        )
        select log_index from due order by log_index`.execute(db);
      await sql`select set_config('sallyport.retention', 'off', true)`.execute(db);
      return rows.map(({ log_index }) => Number(log_index));
    },
    async deleteRecording(lease, id) {
      await holdLease(lease);
      await awaitHolds();
      const { rows } = await sql`
        delete from recordings as recording where id = ${id} and not ${RECORDING_IS_HELD} returning id`.execute(db);
      return rows.length > 0;
    },
  };
}

function whereSelected({ log, codes, before }: Omit<EventsToDelete, 'limit'>): RawBuilder<boolean> {
  const isOfLog = log === INSTALLATION_LOG ? sql`event.organization_id is null` : sql`event.organization_id = ${log}`;
  return sql<boolean>`${isOfLog} and event.at < ${before}
    and event.code in (select jsonb_array_elements_text(${JSON.stringify(codes)}::jsonb))`;
}

function toHold(row: Selectable<RetentionTables['legal_holds']>): LegalHold {
  const { principal_id, cluster_id, since, until, access_request_id, recording_id } = row;
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    reason: row.reason,
    selection: {
      ...(principal_id !== null && { principalId: principal_id }),
      ...(cluster_id !== null && { clusterId: cluster_id }),
      ...(since !== null && { since }),
      ...(until !== null && { until }),
      ...(access_request_id !== null && { accessRequestId: access_request_id }),
      ...(recording_id !== null && { recordingId: recording_id }),
    },
    createdBy: row.created_by,
    createdAt: row.created_at,
    ...(row.released_at !== null && {
      released: { at: row.released_at, by: row.released_by ?? '', reason: row.release_reason ?? '' },
    }),
  };
}
