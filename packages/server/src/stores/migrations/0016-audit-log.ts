import { createHash, randomBytes } from 'node:crypto';
import { canonicalJson } from '@sallyport/core';
import { type Kysely, type Migration, sql } from 'kysely';

const STATEMENTS = [
  // Appended and not yet in the log: written by the statement that appends the event, deleted when it gets its index.
  `create table audit_pending (seq bigint primary key)`,
  // The gapless order of each organization's log, and of the one named installation for what belongs to none.
  `create table audit_log (
    log text not null,
    log_index bigint not null,
    seq bigint not null unique,
    primary key (log, log_index)
  )`,
  // Hashes in tiles of 256 (C2SP tlog-tiles); those of level 0 are the leaves. They outlive the events.
  `create table audit_tiles (
    log text not null,
    level smallint not null,
    tile_index bigint not null,
    hashes bytea not null,
    primary key (log, level, tile_index)
  )`,
  `create table audit_trees (log text primary key, size bigint not null)`,
  `create table audit_checkpoints (
    log text not null,
    size bigint not null,
    at timestamptz not null,
    note text not null,
    primary key (log, size)
  )`,
  // Started and without an outcome; those of a server whose lease ended are interrupted.
  `create table open_requests (
    request_id text primary key,
    replica_id text not null,
    organization_id text,
    started_at timestamptz not null
  )`,
  `create index open_requests_by_replica on open_requests (replica_id)`,
  `create table replicas (
    replica_id text primary key,
    started_at timestamptz not null,
    expires_at timestamptz not null
  )`,
  `alter table audit_events add column salt bytea, add column leaf_hash bytea`,
  `drop trigger audit_events_append_only on audit_events`,
];

const LAST_STATEMENTS = [
  `alter table audit_events alter column salt set not null, alter column leaf_hash set not null`,
  `insert into audit_pending select seq from audit_events`,
  // Retention alone deletes, and says so inside its transaction; nothing ever updates.
  `create or replace function refuse_audit_change() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' and current_setting('sallyport.retention', true) = 'on' then return null; end if;
      raise exception 'audit_events is append-only';
    end
  $$`,
  `create trigger audit_events_append_only before update or delete or truncate on audit_events
    for each statement execute function refuse_audit_change()`,
];

const BATCH_ROWS = 500;

/** The order of audit events, what proves it, and what is still open in it. */
export const auditLog: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
    while ((await giveLeaves(db)) === BATCH_ROWS);
    for (const statement of LAST_STATEMENTS) await sql.raw(statement).execute(db);
  },
};

async function giveLeaves(db: Kysely<unknown>): Promise<number> {
  const { rows } = await sql<{ seq: number | string; event: unknown }>`
    select seq, event from audit_events where leaf_hash is null order by seq limit ${BATCH_ROWS}`.execute(db);
  const leaves = rows.map(({ seq, event }) => {
    const salt = randomBytes(16);
    return [Number(seq), salt.toString('hex'), leafOf(salt, event)];
  });
  await sql`
    update audit_events set salt = decode(leaf->>1, 'hex'), leaf_hash = decode(leaf->>2, 'hex')
    from jsonb_array_elements(${JSON.stringify(leaves)}::jsonb) as leaves (leaf)
    where seq = (leaf->>0)::bigint`.execute(db);
  return rows.length;
}

// A copy, on purpose: what a migration computes must not change with the code around it.
function leafOf(salt: Uint8Array, event: unknown): string {
  const entry = createHash('sha256').update(salt).update(canonicalJson(event)).digest();
  return createHash('sha256').update(Uint8Array.of(0)).update(entry).digest('hex');
}
