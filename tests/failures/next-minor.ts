import { type Migration, sql } from 'kysely';

/** Name of the migration that makes a server one of the next minor version. */
export const NEXT_MINOR = '9999-of-the-next-minor';

/** What releases may do beside the version before them, to every table that there is. */
export const additive: Migration = {
  async up(db) {
    const { rows } = await sql<{ name: string }>`
      select table_name as name from information_schema.tables
      where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not like 'kysely%'`.execute(db);
    for (const { name } of rows) {
      await sql`alter table ${sql.table(name)} add column of_the_next_minor text, add column counted integer not null default 0`.execute(
        db,
      );
    }
    await sql`create table next_minor (id text primary key)`.execute(db);
  },
};
