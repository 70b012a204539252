import type { AuditSinkId } from '@sallyport/core';
import type { ColumnType } from 'kysely';

/** A `bigint` column. PGlite reads it as a number, pg as text: pass it through `Number`. */
type BigInt8 = ColumnType<number | string, number, number>;

/** How far sinks have got. Migration 0017 says more. */
export interface AuditSinkTables {
  audit_sink_cursors: {
    sink: string;
    log: string;
    sink_id: AuditSinkId | null;
    next_index: BigInt8;
    delivered_at: Date | null;
    failing_since: Date | null;
    last_error: string | null;
    updated_at: Date;
  };
}
