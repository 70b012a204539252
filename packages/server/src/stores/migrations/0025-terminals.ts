import { type Kysely, type Migration, sql } from 'kysely';

const STATEMENTS = [
  // Terminals in the browser, wherever they run, and how those ended that did lately. No references: the audit log has what lasts.
  `create table terminals (
    id text primary key,
    replica_id text not null,
    principal_id text not null,
    cluster_name text not null,
    started_at timestamptz not null,
    expires_at timestamptz not null,
    end_asked_at timestamptz,
    ended_at timestamptz,
    reason text
  )`,
  `create index terminals_of_principal on terminals (principal_id)`,
  `create index terminals_to_end on terminals (replica_id) where end_asked_at is not null and ended_at is null`,
  `create index terminals_age on terminals (least(ended_at, expires_at))`,
];

/** Which terminals are open on which server. */
export const terminals: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
