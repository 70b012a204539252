import { type Kysely, type Migration, sql } from 'kysely';

const STATEMENTS = [
  `create table local_accounts (
    principal_id text primary key references principals on delete cascade,
    password text,
    must_change_password boolean not null default false,
    totp_secret text,
    totp_last_step bigint,
    created_at timestamptz not null
  )`,
  `create table local_recovery_codes (
    principal_id text not null references local_accounts on delete cascade,
    code_sha256 text not null,
    used_at timestamptz,
    primary key (principal_id, code_sha256)
  )`,
  `create table passkeys (
    id text primary key,
    principal_id text not null references local_accounts on delete cascade,
    credential_id text not null constraint passkey_credential unique,
    public_key text not null,
    counter bigint not null,
    transports jsonb not null,
    is_synced boolean not null,
    display_name text not null,
    created_at timestamptz not null,
    last_used_at timestamptz
  )`,
  `create index passkeys_by_principal on passkeys (principal_id)`,
  `create table local_links (
    token_sha256 text primary key,
    principal_id text not null references local_accounts on delete cascade,
    kind text not null,
    expires_at timestamptz not null
  )`,
  `create index local_links_by_principal on local_links (principal_id)`,
  `create table login_tries (
    key_sha256 text primary key,
    failures integer not null,
    last_at timestamptz not null,
    locked_until timestamptz
  )`,
  `create index login_tries_by_time on login_tries (last_at)`,
  `create table one_time_rows (
    kind text not null,
    key_sha256 text not null,
    payload text not null,
    expires_at timestamptz not null,
    primary key (kind, key_sha256)
  )`,
  `create index one_time_rows_by_expiry on one_time_rows (expires_at)`,
];

/** Local users with their factors, the count of failed tries, and what is good for one use. */
export const localUsers: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
