import type { AuditCountField } from '@sallyport/core/api';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { type AuditSelection, conditionsOf } from './audit-selection.ts';
import type { Database } from './schema.ts';

/** What of audit events is counted by the database; categories are made of codes. */
export type CountedField = Exclude<AuditCountField, 'category'>;

/** How audit events are counted. */
export interface AuditCounting {
  readonly field?: CountedField;
  /** How many values of the field are told apart, the most frequent ones. */
  readonly top: number;
  /** Length of a span of time, in milliseconds. Spans begin at whole multiples of it since 1970. */
  readonly intervalMs?: number;
  /** Most events that are looked at, the newest first. */
  readonly limit: number;
}

/** How many events have a value in a span. */
export interface AuditCount {
  /** `null` where events lack the field, where it is of none of the most frequent values, and without a field. */
  readonly value: string | null;
  /** Whether they have the field, with a value that is none of the most frequent. */
  readonly isOther: boolean;
  /** Begin of the span; `null` without an interval. */
  readonly at: Date | null;
  readonly count: number;
}

const EXPRESSIONS: { readonly [Field in CountedField]: RawBuilder<unknown> } = {
  code: sql`code`,
  severity: sql`event->>'severity'`,
  user: sql`event->'principal'->>'userName'`,
  cluster: sql`event->>'clusterName'`,
  namespace: sql`nullif(event->'request'->'attributes'->>'namespace', '')`,
  resource: sql`event->'request'->'attributes'->>'resource'`,
  verb: sql`nullif(event->'request'->'attributes'->>'verb', '')`,
  effect: sql`event->'decision'->>'effect'`,
  ended: sql`event->'outcome'->>'ended'`,
  status: sql`event->'outcome'->>'status'`,
  errorCode: sql`event->'outcome'->>'errorCode'`,
  sourceAddress: sql`event->>'sourceAddress'`,
  kubectlCommand: sql`event->'request'->>'kubectlCommand'`,
};

/** Counts a selection by value, by span of time, or by both. */
export async function countAuditEvents(
  db: Kysely<Database>,
  selection: AuditSelection,
  { field, top, intervalMs, limit }: AuditCounting,
): Promise<readonly AuditCount[]> {
  const value = field === undefined ? sql`null::text` : EXPRESSIONS[field];
  const span =
    intervalMs === undefined
      ? sql`null::double precision`
      : sql`floor(extract(epoch from at) * 1000 / ${intervalMs}::double precision)`;
  const { rows } = await sql<{
    value: string | null;
    is_other: boolean;
    span: number | string | null;
    count: number | string;
  }>`
    with looked as (
      select value, span, count(*) as count from (
        select ${value} as value, ${span} as span from audit_events where ${conditionsOf(selection)}
        order by at desc, seq desc limit ${limit}
      ) as newest group by 1, 2
    ), frequent as (
      select value from looked where value is not null group by 1 order by sum(count) desc, value limit ${top}
    )
    select frequent.value, looked.value is not null and frequent.value is null as is_other, span, sum(count) as count
    from looked left join frequent on frequent.value = looked.value group by 1, 2, 3`.execute(db);
  return rows.map((row) => ({
    value: row.value,
    isOther: row.is_other,
    at: row.span === null || intervalMs === undefined ? null : new Date(Number(row.span) * intervalMs),
    count: Number(row.count),
  }));
}
