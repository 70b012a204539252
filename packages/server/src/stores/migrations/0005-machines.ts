import { type Kysely, type Migration, sql } from 'kysely';

// Plain SQL of PostgreSQL 15, one statement each: PGlite and pg both take no more than one in a prepared query.
const STATEMENTS = [
  // An API key is a login session: deleting the row ends the key and everything minted under it.
  `alter table login_sessions add column api_key jsonb`,
  // Outlives its login session: a token whose session was ended makes no other.
  `create table workload_tokens (
    mark text primary key,
    login_session_id text not null,
    key_thumbprint text,
    expires_at timestamptz not null
  )`,
  `create index workload_tokens_by_expiry on workload_tokens (expires_at)`,
  `create table scim_tokens (
    sha256 text primary key,
    identity_provider_id text not null references identity_providers on delete cascade,
    issued_at timestamptz not null,
    expires_at timestamptz
  )`,
  `create index scim_tokens_by_identity_provider on scim_tokens (identity_provider_id)`,
  `create table scim_profiles (
    principal_id text primary key references principals on delete cascade,
    profile jsonb not null
  )`,
];

/** API keys, workload tokens that were used, and what SCIM keeps. */
export const machines: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
