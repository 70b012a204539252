import { type Kysely, type Migration, sql } from 'kysely';

/** Streams of one principal that ended before their time are found without a walk over the audit log. */
export const endedStreams: Migration = {
  async up(db: Kysely<unknown>) {
    await sql
      .raw(
        `create index audit_events_ended_streams on audit_events ((event->'principal'->>'id'), at desc)
         where code = 'proxy.request.completed' and event->'outcome'->>'ended' in ('accessEnded', 'tunnelLost')`,
      )
      .execute(db);
  },
};
