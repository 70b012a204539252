import { type Kysely, type Migration, sql } from 'kysely';

// Plain SQL of PostgreSQL 15, one statement each: PGlite and pg both take no more than one in a prepared query.
const STATEMENTS = [
  // The feed names records instead of whole topics. Readers of before find it empty, and read everything.
  `delete from change_feed`,
  `alter table change_feed drop column topics, add column records jsonb not null`,
];

/** The organization model: every managed record a resource with a version, and changes announced by record. */
export const organizationModel: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
