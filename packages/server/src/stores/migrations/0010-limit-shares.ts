import { type Kysely, type Migration, sql } from 'kysely';

const STATEMENTS = [
  // What each server may use of a limit until its lease ends. Worth a few seconds; nothing refers to it.
  `create table limit_shares (
    key text not null,
    replica_id text not null,
    amount bigint not null,
    keep bigint not null,
    want bigint not null,
    expires_at timestamptz not null,
    primary key (key, replica_id)
  )`,
  `create table limit_replicas (
    replica_id text primary key,
    expires_at timestamptz not null
  )`,
];

/** Limits of principals, shared out among servers. */
export const limitShares: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
