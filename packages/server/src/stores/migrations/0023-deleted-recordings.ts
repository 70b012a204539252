import { type Kysely, type Migration, sql } from 'kysely';

const STATEMENTS = [
  // Recordings whose rows are gone and whose chunks may still lie in their blob store.
  `create table deleted_recordings (
    recording_id text primary key,
    blob_store text not null
  )`,
  // A trigger, so that no way of deleting a recording can forget its chunks.
  `create function remember_deleted_recording() returns trigger language plpgsql as $$
    begin
      if old.blob_store is not null then
        insert into deleted_recordings (recording_id, blob_store) values (old.id, old.blob_store)
          on conflict (recording_id) do nothing;
      end if;
      return null;
    end
  $$`,
  `create trigger recording_is_remembered after delete on recordings
    for each row execute function remember_deleted_recording()`,
];

/** What is left to do for recordings that were deleted. */
export const deletedRecordings: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
