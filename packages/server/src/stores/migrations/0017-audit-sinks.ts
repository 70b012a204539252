import { type Kysely, type Migration, sql } from 'kysely';

const STATEMENTS = [
  `create table audit_sinks (
    id text primary key,
    organization_id text not null references organizations on delete cascade,
    name text not null,
    spec jsonb not null,
    secret_names jsonb not null,
    secrets text,
    labels jsonb not null default '{}',
    resource_version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint audit_sink_name unique (organization_id, name)
  )`,
  // How far each sink has got in each log. next_index is the first index that it has not been delivered. sink_id is the sink's id
  // again where it is a resource, so that its cursors go with it; those of the server's configuration have none.
  `create table audit_sink_cursors (
    sink text not null,
    log text not null,
    sink_id text references audit_sinks on delete cascade,
    next_index bigint not null,
    delivered_at timestamptz,
    failing_since timestamptz,
    last_error text,
    updated_at timestamptz not null,
    primary key (sink, log)
  )`,
  `create index audit_sink_cursors_by_id on audit_sink_cursors (sink_id)`,
];

/** Audit sinks, and how far each has got. */
export const auditSinks: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
