import { type Kysely, type Migration, sql } from 'kysely';

/** Where other servers dial a server: one that names no address is dialled by none. */
export const peerAddresses: Migration = {
  async up(db: Kysely<unknown>) {
    await sql.raw('alter table replicas add column peer_address text').execute(db);
  },
};
