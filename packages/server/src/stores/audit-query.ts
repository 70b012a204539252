import { type AuditEvent, parseAuditEvent } from '@sallyport/audit';
import type { AuditEventId } from '@sallyport/core';
import { type Kysely, sql } from 'kysely';
import { selectAuditPage, selectFewAuditEvents } from './audit-page.ts';
import { type AuditSelection, conditionsOf } from './audit-selection.ts';
import type { Database } from './schema.ts';

/** Place of an event in the order of time. */
export interface AuditPlace {
  readonly at: Date;
  readonly seq: number;
}

/** An event at its place. */
export interface PlacedAuditEvent extends AuditPlace {
  readonly event: AuditEvent;
}

/** An event at its place in the log of its organization. */
export interface LoggedAuditEvent {
  readonly logIndex: number;
  readonly event: AuditEvent;
}

/** Which part of a selection is read. */
export interface AuditPage {
  readonly order: 'newest' | 'oldest';
  /** Goes on behind this place. */
  readonly after?: AuditPlace;
  /** Only what was appended up to here, see {@link AuditReads.head}. */
  readonly upTo?: number;
  readonly limit: number;
}

/** Reads of the audit log. */
export interface AuditReads {
  /**
   * One page in the order of time. Events of one instant are ordered by when they were appended. What was there when a listing
   * began is on one of its pages, and once only, whatever arrives meanwhile.
   */
  list(selection: AuditSelection, page: AuditPage): Promise<readonly PlacedAuditEvent[]>;
  find(selection: AuditSelection, id: AuditEventId): Promise<AuditEvent | undefined>;
  /** All of what is known to be rare, in order of time; `undefined` when there are more than `most`. */
  few(selection: AuditSelection, most: number): Promise<readonly AuditEvent[] | undefined>;
  /** Those of some ids that are in the selection, in order of time. */
  findAll(selection: AuditSelection, ids: readonly AuditEventId[]): Promise<readonly AuditEvent[]>;
  /** How many there are, with the number of the last one that was appended. */
  count(selection: AuditSelection): Promise<{ readonly count: number; readonly upTo: number }>;
  /** How many events the log of an organization has. */
  logSize(selection: Pick<AuditSelection, 'organizationId'>): Promise<number>;
  /** Those whose index in the log is in `[from, to)`, in its order. */
  logged(
    selection: AuditSelection,
    range: { readonly from: number; readonly to: number; readonly limit: number },
  ): Promise<readonly LoggedAuditEvent[]>;
}

/** Makes the reads over a database. */
export function createAuditReads(db: Kysely<Database>): AuditReads {
  return {
    async list(selection, page) {
      const rows = await selectAuditPage(db, selection, page);
      return rows.map(({ seq, event: written }) => {
        const event = parseAuditEvent(written);
        return { event, at: event.at, seq: Number(seq) };
      });
    },
    async find(selection, id) {
      const { rows } = await sql<{ event: unknown }>`
        select event from audit_events where id = ${id} and ${conditionsOf(selection)}`.execute(db);
      return rows[0] && parseAuditEvent(rows[0].event);
    },
    async few(selection, most) {
      const rows = await selectFewAuditEvents(db, selection, most);
      return rows?.map(({ event }) => parseAuditEvent(event));
    },
    async findAll(selection, ids) {
      if (ids.length === 0) return [];
      const { rows } = await sql<{ event: unknown }>`
        select event from audit_events where id = any(${ids}::text[]) and ${conditionsOf(selection)}
        order by at, seq`.execute(db);
      return rows.map(({ event }) => parseAuditEvent(event));
    },
    async count(selection) {
      const { rows } = await sql<{ count: number | string; up_to: number | string }>`
        with head as materialized (select coalesce(max(seq), 0) as up_to from audit_events)
        select up_to, (select count(*) from audit_events where seq <= up_to and ${conditionsOf(selection)}) as count
        from head`.execute(db);
      return { count: Number(rows[0]?.count ?? 0), upTo: Number(rows[0]?.up_to ?? 0) };
    },
    async logSize({ organizationId }) {
      const { rows } = await sql<{ size: number | string }>`
        select size from audit_trees where log = ${organizationId}`.execute(db);
      return Number(rows[0]?.size ?? 0);
    },
    async logged(selection, { from, to, limit }) {
      const { rows } = await sql<{ log_index: number | string; event: unknown }>`
        select log_index, event from audit_log join audit_events using (seq)
        where log = ${selection.organizationId} and log_index >= ${from} and log_index < ${to}
          and ${conditionsOf(selection)}
        order by log_index limit ${limit}`.execute(db);
      return rows.map(({ log_index, event }) => ({ logIndex: Number(log_index), event: parseAuditEvent(event) }));
    },
  };
}
