import { type Kysely, sql } from 'kysely';
import { type Envelope, SEALED_PREFIX } from './envelope.ts';
import type { RewrapResult } from './key-contracts.ts';
import type { Database } from './schema.ts';

const BATCH_ROWS = 500;
/** Tables that hold no secrets and may be very long. */
const SKIPPED = [
  'audit_events',
  'audit_log',
  'audit_tiles',
  'change_feed',
  'kysely_migration',
  'kysely_migration_lock',
];

/**
 * Encrypts every sealed text of the database anew under the envelope's first key. Columns are found by asking the database, so
 * a table that comes later needs no entry anywhere. May run while servers write: a row that changes meanwhile is left to
 * whoever changed it, or to the next pass.
 */
export async function rewrapDatabase(db: Kysely<Database>, envelope: Envelope): Promise<RewrapResult> {
  let rewrapped = 0;
  const left: string[] = [];
  for (const { table, column } of await textColumns(db)) {
    const result = await rewrapColumn(db, envelope, table, column);
    rewrapped += result.rewrapped;
    if (result.isSomethingLeft) left.push(`${table}.${column}`);
  }
  return { rewrapped, left };
}

async function textColumns(db: Kysely<Database>): Promise<readonly { table: string; column: string }[]> {
  const { rows } = await sql<{ table: string; column: string }>`
    select columns.table_name as "table", columns.column_name as "column"
    from information_schema.columns
    join information_schema.tables using (table_schema, table_name)
    where columns.table_schema = current_schema() and columns.data_type = 'text' and tables.table_type = 'BASE TABLE'
    order by 1, 2`.execute(db);
  return rows.filter(({ table }) => !SKIPPED.includes(table));
}

async function rewrapColumn(db: Kysely<Database>, envelope: Envelope, table: string, column: string) {
  let rewrapped = 0;
  for (;;) {
    const { rows } = await sql<{ place: string; sealed: string }>`
      select ctid::text as place, ${sql.ref(column)} as sealed from ${sql.table(table)}
      where ${sql.ref(column)} ~ ${`^${SEALED_PREFIX.replace('.', '\\.')}[0-9a-f]{16}\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$`}
        and not starts_with(${sql.ref(column)}, ${envelope.prefix})
      limit ${BATCH_ROWS}`.execute(db);
    let progress = 0;
    for (const { place, sealed } of rows) {
      const fresh = tryRewrap(envelope, sealed);
      if (fresh === undefined) continue;
      const { numAffectedRows = 0n } = await sql`
        update ${sql.table(table)} set ${sql.ref(column)} = ${fresh}
        where ctid = ${place}::tid and ${sql.ref(column)} = ${sealed}`.execute(db);
      progress += Number(numAffectedRows);
    }
    rewrapped += progress;
    if (progress === 0) return { rewrapped, isSomethingLeft: rows.length > 0 };
  }
}

function tryRewrap(envelope: Envelope, sealed: string): string | undefined {
  try {
    return envelope.rewrap(sealed);
  } catch {
    // Under a key that is not configured any more, or not one of ours at all: reported, and left as it is.
    return undefined;
  }
}
