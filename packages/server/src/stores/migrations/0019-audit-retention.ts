import { type Kysely, type Migration, sql } from 'kysely';

const STATEMENTS = [
  // How long a log keeps what; a log without a row keeps it for the default times.
  `create table audit_retention (
    log text primary key,
    spec jsonb not null,
    resource_version integer not null default 1,
    updated_at timestamptz not null
  )`,
  // What retention may not delete. A condition that is null holds for everything. Released ones stay, as a record.
  `create table legal_holds (
    id text primary key,
    organization_id text not null,
    name text not null,
    reason text not null,
    principal_id text,
    cluster_id text,
    since timestamptz,
    until timestamptz,
    access_request_id text,
    recording_id text,
    created_by text not null,
    created_at timestamptz not null,
    released_at timestamptz,
    released_by text,
    release_reason text,
    constraint legal_hold_name unique (organization_id, name)
  )`,
  `create index legal_holds_in_force on legal_holds (organization_id) where released_at is null`,
];

/** How long audit events and recordings are kept, and what is kept whatever that says. */
export const auditRetention: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
