import { type Kysely, type Migration, sql } from 'kysely';

const STATEMENTS = [
  // Sessions that somebody ended, by the request that opened them. Every server reads it, whichever carries the session.
  `create table terminated_sessions (
    id text primary key,
    reason text not null,
    terminated_by text not null,
    terminated_at timestamptz not null
  )`,
  `create index terminated_sessions_age on terminated_sessions (terminated_at)`,
  // Words are marks: keyed hashes. Neither the database nor a dump of it shows what was printed.
  `create table recording_words (
    recording_id text not null references recordings on delete cascade,
    number integer not null,
    part integer not null,
    words tsvector not null,
    primary key (recording_id, number, part)
  )`,
  `create index recording_words_found on recording_words using gin (words)`,
  `alter table recordings add column indexed_count integer not null default 0`,
  `create index recordings_unindexed on recordings (id) where data_key is not null and indexed_count < chunk_count`,
];

/** What is done with recorded sessions: ending them while they run, and searching them. */
export const sessionSurfaces: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
