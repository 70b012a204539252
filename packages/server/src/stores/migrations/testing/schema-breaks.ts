import { type Kysely, sql } from 'kysely';

/** What servers rely on in a schema, as PostgreSQL tells it. */
export interface DescribedSchema {
  /** By `table.column`. */
  readonly columns: ReadonlyMap<
    string,
    { readonly type: string; readonly isRequired: boolean; readonly hasDefault: boolean }
  >;
  /** Constraints and unique indexes: definition by `table.name`, with the columns that they are over. */
  readonly constraints: ReadonlyMap<string, { readonly definition: string; readonly columns: readonly string[] }>;
}

/** Describes the schema `public`. */
export async function describeSchema(db: Kysely<never>): Promise<DescribedSchema> {
  const columns = await sql<{ id: string; type: string; is_required: boolean; has_default: boolean }>`
    select table_name || '.' || column_name as id, data_type as type, is_nullable = 'NO' as is_required,
      column_default is not null or is_identity = 'YES' or is_generated = 'ALWAYS' as has_default
    from information_schema.columns where table_schema = 'public'`.execute(db);
  const constraints = await sql<{ id: string; definition: string; columns: readonly string[] }>`
    select t.relname || '.' || c.conname as id, pg_get_constraintdef(c.oid) as definition,
      array(select t.relname || '.' || a.attname from pg_attribute a where a.attrelid = t.oid and a.attnum = any (c.conkey))::text[] as columns
    from pg_constraint c join pg_class t on t.oid = c.conrelid where t.relnamespace = 'public'::regnamespace and c.contype <> 'n'
    union all
    select t.relname || '.' || i.relname, pg_get_indexdef(x.indexrelid),
      array(select t.relname || '.' || a.attname from pg_attribute a where a.attrelid = t.oid and a.attnum = any (x.indkey::smallint[]))::text[]
    from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
    where x.indisunique and t.relnamespace = 'public'::regnamespace
      and not exists (select from pg_constraint c where c.conindid = x.indexrelid)`.execute(db);
  return {
    columns: new Map(
      columns.rows.map(({ id, type, is_required, has_default }) => [
        id,
        { type, isRequired: is_required, hasDefault: has_default },
      ]),
    ),
    constraints: new Map(constraints.rows.map(({ id, ...constraint }) => [id, constraint])),
  };
}

/** What a server that was written for `before` can no longer read or write in `after`, one sentence each. */
export function findSchemaBreaks(before: DescribedSchema, after: DescribedSchema): readonly string[] {
  const findings: string[] = [];
  const tableOf = (id: string) => id.slice(0, id.indexOf('.'));
  const tables = new Set([...before.columns.keys()].map(tableOf));
  for (const [id, was] of before.columns) {
    const is = after.columns.get(id);
    if (is === undefined) findings.push(`${id} is gone`);
    else if (is.type !== was.type) findings.push(`${id} is ${is.type}, was ${was.type}`);
    else if (is.isRequired && !was.isRequired) findings.push(`${id} must not be null any more`);
    else if (was.hasDefault && !is.hasDefault && is.isRequired) findings.push(`${id} has lost its default`);
  }
  for (const [id, { isRequired, hasDefault }] of after.columns) {
    if (!tables.has(tableOf(id)) || before.columns.has(id)) continue;
    if (isRequired && !hasDefault) findings.push(`${id} is new and must be given`);
  }
  for (const [id, { definition, columns }] of after.constraints) {
    if (before.constraints.get(id)?.definition === definition) continue;
    // One that is over a new column alone says nothing of what an older server writes, which leaves that column out.
    if (columns.some((column) => before.columns.has(column))) findings.push(`${id} is new: ${definition}`);
  }
  return findings.sort();
}
