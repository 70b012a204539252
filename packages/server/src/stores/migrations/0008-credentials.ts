import { type Kysely, type Migration, sql } from 'kysely';

const STATEMENTS = [
  `alter table credentials add column created_at timestamptz not null default now()`,
  `alter table credentials add column revoked_at timestamptz`,
  `create index credentials_revoked on credentials (expires_at) where revoked_at is not null`,
];

/** Kube credentials are listed, and revoked one by one. */
export const credentials: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
