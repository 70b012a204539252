import { type Kysely, type Migration, sql } from 'kysely';

// Plain SQL of PostgreSQL 15, one statement each: PGlite and pg both take no more than one in a prepared query.
const STATEMENTS = [
  `alter table join_tokens add column created_at timestamptz not null default now()`,
  `create index join_tokens_by_cluster on join_tokens (cluster_id)`,

  // One per join token that was used; its certificates follow one another, each renewed from the last.
  `create table agents (
    id text primary key,
    cluster_id text not null references clusters on delete cascade,
    enrolled_at timestamptz not null,
    attestation jsonb
  )`,
  `create index agents_by_cluster on agents (cluster_id)`,
  `insert into agents (id, cluster_id, enrolled_at)
    select agent_id, min(cluster_id), min(not_after) - interval '24 hours' from agent_certificates group by agent_id`,
  `alter table agent_certificates
    add constraint agent_certificate_agent foreign key (agent_id) references agents on delete cascade`,
  `create index agent_certificates_by_agent on agent_certificates (agent_id)`,

  // What each server sees of a cluster. A server that is gone stops writing, and its word ends.
  `create table cluster_sightings (
    cluster_id text not null references clusters on delete cascade,
    replica_id text not null,
    tunnels jsonb not null,
    inventory_failure text,
    seen_at timestamptz not null,
    primary key (cluster_id, replica_id)
  )`,
  // What is told of a cluster: later than what is seen, so that a reconnect is no alarm.
  `create table cluster_health (
    cluster_id text primary key references clusters on delete cascade,
    status text not null,
    reason text,
    changed_at timestamptz not null
  )`,
  `alter table cluster_inventories
    add column ready_node_count integer not null default 0,
    add column nodes jsonb not null default '[]',
    add column namespaces jsonb not null default '[]'`,

  // Outlives its cluster: agents that come back later are told to leave, and get nothing else.
  `create table deregistered_clusters (
    cluster_id text primary key,
    organization_id text not null,
    name text not null,
    deregistered_at timestamptz not null
  )`,
  `create index deregistered_clusters_by_age on deregistered_clusters (deregistered_at)`,
  // A trigger, so that no way of deleting a cluster can forget it: by itself, with others, with its organization.
  `create function remember_deregistered_cluster() returns trigger language plpgsql as $$
    begin
      if old.spec #>> '{agent,keepObjects}' is distinct from 'true' then
        insert into deregistered_clusters (cluster_id, organization_id, name, deregistered_at)
          values (old.id, old.organization_id, old.name, now())
          on conflict (cluster_id) do nothing;
      end if;
      return null;
    end
  $$`,
  `create trigger cluster_is_remembered after delete on clusters
    for each row execute function remember_deregistered_cluster()`,
];

/** Agents with their certificates, what servers see of clusters, and clusters that were deregistered. */
export const clusterLife: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
