import { type Kysely, type Migration, sql } from 'kysely';

// Plain SQL of PostgreSQL 15, one statement each: PGlite and pg both take no more than one in a prepared query.
const STATEMENTS = [
  `create table settings (name text primary key, value text not null)`,

  `create table organizations (
    id text primary key,
    name text not null constraint organization_name unique
  )`,
  `create table principals (
    id text primary key,
    organization_id text not null references organizations on delete cascade,
    kind text not null,
    issuer text not null,
    subject_claim text not null,
    user_name text not null,
    display_name text not null,
    email text,
    groups jsonb not null,
    constraint principal_identity unique (organization_id, issuer, subject_claim)
  )`,
  `create table login_sessions (
    id text primary key,
    organization_id text not null references organizations on delete cascade,
    principal_id text not null references principals on delete cascade,
    identity_provider_id text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null
  )`,
  `create index login_sessions_by_expiry on login_sessions (expires_at)`,
  `create table identity_providers (
    id text primary key,
    organization_id text not null references organizations on delete cascade,
    name text not null,
    display_name text not null,
    issuer text not null,
    client_id text not null,
    client_secret text,
    oauth_scopes jsonb not null,
    user_name_claim text not null,
    groups_claim text not null,
    constraint identity_provider_name unique (organization_id, name)
  )`,

  `create table clusters (
    id text primary key,
    organization_id text not null references organizations on delete cascade,
    name text not null,
    labels jsonb not null,
    constraint cluster_name unique (organization_id, name)
  )`,
  `create table cluster_inventories (
    cluster_id text primary key references clusters on delete cascade,
    kubernetes_version text not null,
    node_count integer not null,
    namespace_count integer not null,
    observed_at timestamptz not null
  )`,
  `create table join_tokens (
    id text primary key,
    cluster_id text not null references clusters on delete cascade,
    token_sha256 text not null unique,
    expires_at timestamptz not null,
    used_at timestamptz
  )`,
  `create table agent_certificates (
    serial text primary key,
    agent_id text not null,
    cluster_id text not null references clusters on delete cascade,
    not_after timestamptz not null,
    revoked_at timestamptz
  )`,
  `create index agent_certificates_by_cluster on agent_certificates (cluster_id)`,

  `create table roles (
    id text primary key,
    organization_id text not null references organizations on delete cascade,
    name text not null,
    ceiling_groups jsonb not null,
    rules jsonb,
    permissions jsonb not null,
    constraint role_name unique (organization_id, name)
  )`,
  `create table bindings (
    id text primary key,
    organization_id text not null references organizations on delete cascade,
    role_id text not null references roles on delete cascade,
    subjects jsonb not null,
    scope jsonb not null
  )`,
  `create index bindings_by_role on bindings (role_id)`,
  `create table credentials (
    id text primary key,
    principal_id text not null references principals on delete cascade,
    login_session_id text,
    cluster_id text not null references clusters on delete cascade,
    expires_at timestamptz not null
  )`,
  `create index credentials_by_principal on credentials (principal_id)`,
  `create index credentials_by_expiry on credentials (expires_at)`,

  `create table keys (
    purpose text not null,
    key_id text not null,
    secret text not null,
    certificate_pem text,
    created_at timestamptz not null,
    primary key (purpose, key_id)
  )`,
  `create table oauth_rows (
    model text not null,
    id_mark text not null,
    payload text not null,
    grant_mark text,
    uid_mark text,
    user_code_mark text,
    consumed_at timestamptz,
    expires_at timestamptz,
    primary key (model, id_mark)
  )`,
  `create index oauth_rows_by_grant on oauth_rows (grant_mark)`,
  `create index oauth_rows_by_uid on oauth_rows (model, uid_mark)`,
  `create index oauth_rows_by_user_code on oauth_rows (model, user_code_mark)`,
  `create index oauth_rows_by_expiry on oauth_rows (expires_at)`,

  `create table audit_events (
    seq bigint generated always as identity primary key,
    id text not null unique,
    at timestamptz not null,
    code text not null,
    organization_id text,
    cluster_id text,
    event jsonb not null
  )`,
  `create index audit_events_by_organization on audit_events (organization_id, at desc, seq desc)`,
  `create index audit_events_by_cluster on audit_events (cluster_id, at desc, seq desc)`,
  `create index audit_events_by_time on audit_events (at desc, seq desc)`,
  `create function refuse_audit_change() returns trigger language plpgsql as $$
    begin raise exception 'audit_events is append-only'; end
  $$`,
  `create trigger audit_events_append_only before update or delete or truncate on audit_events
    for each statement execute function refuse_audit_change()`,

  // One row that every change locks until it commits: numbers become visible in their own order.
  `create table change_head (single boolean primary key default true check (single), seq bigint not null)`,
  `insert into change_head (seq) values (0)`,
  `create table change_feed (seq bigint primary key, at timestamptz not null, topics jsonb not null)`,
];

/** The tables of the first release. */
export const firstSchema: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
