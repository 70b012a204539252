import { type Kysely, type Migration, sql } from 'kysely';

const STATEMENTS = [
  // No reference to organization, cluster or principal: a recording outlives what it was made of, like the audit log.
  `create table recordings (
    id text primary key,
    request_id text not null unique,
    replica_id text not null,
    organization_id text not null,
    cluster_id text not null,
    cluster_name text not null,
    principal_id text not null,
    user_name text not null,
    kind text not null check (kind in ('exec', 'attach', 'portForward')),
    namespace text not null,
    pod text not null,
    container text,
    command text,
    is_tty boolean not null,
    is_required boolean not null,
    has_stdin boolean not null,
    state text not null check (state in ('recording', 'complete', 'interrupted', 'incomplete')),
    reason text,
    exit_code integer,
    failure text,
    blob_store text,
    data_key text,
    chunk_count integer not null default 0,
    bytes bigint not null default 0,
    stored_bytes bigint not null default 0,
    head_sha256 bytea not null,
    ports jsonb,
    started_at timestamptz not null,
    ended_at timestamptz
  )`,
  `create index recordings_listed on recordings (organization_id, id desc)`,
  `create index recordings_of_cluster on recordings (organization_id, cluster_id, id desc)`,
  `create index recordings_of_principal on recordings (organization_id, principal_id, id desc)`,
  `create index recordings_open on recordings (replica_id) where state = 'recording'`,
  `create index recordings_ended on recordings (ended_at) where ended_at is not null`,
  // One row per stored chunk; what it holds lies in a blob store. head_sha256 is the head of the hash chain with it.
  `create table recording_chunks (
    recording_id text not null references recordings on delete cascade,
    number integer not null,
    from_ms bigint not null,
    to_ms bigint not null,
    bytes integer not null,
    stored_bytes integer not null,
    head_sha256 bytea not null,
    primary key (recording_id, number)
  )`,
  // The blob store that is the database itself. Chunks are encrypted and compressed already.
  `create table recording_blobs (key text primary key, body bytea not null)`,
  `alter table recording_blobs alter column body set storage external`,
];

/** Session recordings: what was recorded, its chunks, and the blobs of those who keep them in the database. */
export const recordings: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
