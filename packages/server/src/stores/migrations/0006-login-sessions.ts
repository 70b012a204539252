import { type Kysely, type Migration, sql } from 'kysely';

// Plain SQL of PostgreSQL 15, one statement each: PGlite and pg both take no more than one in a prepared query.
const STATEMENTS = [
  `alter table login_sessions
    alter column identity_provider_id drop not null,
    add column method text not null default 'oidc',
    add column client text not null default 'cli',
    add column acr text,
    add column amr jsonb,
    add column authenticated_at timestamptz,
    add column last_used_at timestamptz,
    add column source_address text,
    add column user_agent text,
    add column provider_session_id text,
    add column cookie_sha256 text`,
  // Only sessions of before lack them; whoever writes states them.
  `alter table login_sessions alter column method drop default, alter column client drop default`,
  `create table provider_tokens (
    login_session_id text primary key references login_sessions on delete cascade,
    refresh_token text,
    id_token text,
    vouched_at timestamptz not null,
    ask_at timestamptz not null,
    claimed_until timestamptz
  )`,
  `create index provider_tokens_by_due on provider_tokens (ask_at)`,
];

/** Login sessions say how the person signed in and when they were last used; provider tokens stay with the server. */
export const loginSessions: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
