import { parseAuditEvent } from '@sallyport/audit';
import type { Clock } from '@sallyport/core';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { AuditSinkRows, AuditSinkWrites, LogEntry, SinkCursor } from './audit-sink-contracts.ts';
import type { Envelope } from './envelope.ts';
import type { Database } from './schema.ts';
import { sinkSecrets } from './sink-secrets.ts';

/** Longest text of a failure that is kept. */
const MAX_ERROR_CHARACTERS = 512;

interface CursorRow {
  readonly sink: string;
  readonly log: string;
  readonly next_index: number | string;
  readonly size: number | string;
  readonly waiting_since: Date | null;
  readonly delivered_at: Date | null;
  readonly failing_since: Date | null;
  readonly last_error: string | null;
}

/** Reads logs for sinks, and their cursors. */
export function createAuditSinkRows(db: Kysely<Database>, envelope: Envelope): Omit<AuditSinkRows, 'watch'> {
  return {
    async cursors(organizationId) {
      const { rows } = await sql<CursorRow>`
        select cursor.*, coalesce(tree.size, 0) as size, (
          select event.at from audit_log as entry join audit_events as event on event.seq = entry.seq
          where entry.log = cursor.log and entry.log_index >= cursor.next_index order by entry.log_index limit 1) as waiting_since
        from audit_sink_cursors as cursor
        left join audit_trees as tree on tree.log = cursor.log
        left join audit_sinks as sink on sink.id = cursor.sink_id
        where ${organizationId === undefined ? sql`true` : sql`sink.organization_id = ${organizationId}`}
        order by cursor.sink, cursor.log`.execute(db);
      return rows.map(toCursor);
    },
    async logs() {
      const rows = await db.selectFrom('audit_trees').select('log').orderBy('log').execute();
      return rows.map(({ log }) => log);
    },
    async entries(log, fromIndex, limit) {
      const { rows } = await sql<{ log_index: number | string; event: unknown }>`
        select entry.log_index, event.event from audit_log as entry
        left join audit_events as event on event.seq = entry.seq
        where entry.log = ${log} and entry.log_index >= ${fromIndex}
        order by entry.log_index limit ${limit}`.execute(db);
      return rows.map(
        ({ log_index, event }): LogEntry => ({
          index: Number(log_index),
          ...(event !== null && { event: parseAuditEvent(event) }),
        }),
      );
    },
    async indexAt(log, fromIndex, at) {
      const { rows } = await sql<{ log_index: number | string }>`
        select entry.log_index from audit_log as entry join audit_events as event on event.seq = entry.seq
        where entry.log = ${log} and entry.log_index >= ${fromIndex} and event.at >= ${at}
        order by entry.log_index limit 1`.execute(db);
      return rows[0] && Number(rows[0].log_index);
    },
    secrets: (id) => sinkSecrets.read(db, envelope, id),
  };
}

/** Moves cursors within one transaction. */
export function createAuditSinkWrites(db: Transaction<Database>, clock: Clock): AuditSinkWrites {
  const now = () => new Date(clock.now());
  return {
    async begin({ sink, sinkId, log }, from) {
      const next = from === 'start' ? sql`0` : sql`coalesce((select size from audit_trees where log = ${log}), 0)`;
      await sql`
        insert into audit_sink_cursors (sink, log, sink_id, next_index, updated_at)
        values (${sink}, ${log}, ${sinkId ?? null}, ${next}, ${now()})
        on conflict (sink, log) do nothing`.execute(db);
    },
    async advance({ sink, log, nextIndex }, toIndex, how) {
      const at = now();
      const { numUpdatedRows } = await db
        .updateTable('audit_sink_cursors')
        .set({
          next_index: toIndex,
          updated_at: at,
          ...(how === 'delivered' && { delivered_at: at, failing_since: null, last_error: null }),
        })
        .where('sink', '=', sink)
        .where('log', '=', log)
        .where('next_index', '=', nextIndex)
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },
    async recordFailed({ sink, log }, error) {
      const at = now();
      const { rows } = await sql<{ failing_since: Date }>`
        update audit_sink_cursors
        set failing_since = coalesce(failing_since, ${at}), last_error = ${error.slice(0, MAX_ERROR_CHARACTERS)}, updated_at = ${at}
        where sink = ${sink} and log = ${log} returning failing_since`.execute(db);
      return rows[0]?.failing_since.getTime() === at.getTime();
    },
  };
}

function toCursor(row: CursorRow): SinkCursor {
  return {
    sink: row.sink,
    log: row.log,
    nextIndex: Number(row.next_index),
    size: Number(row.size),
    ...(row.waiting_since !== null && { waitingSince: row.waiting_since }),
    ...(row.delivered_at !== null && { deliveredAt: row.delivered_at }),
    ...(row.failing_since !== null && { failingSince: row.failing_since }),
    ...(row.last_error !== null && { lastError: row.last_error }),
  };
}
