import type { ReplicaId } from '@sallyport/core';
import { type Kysely, sql } from 'kysely';
import type { ReplicaRows } from './audit-log-contracts.ts';
import type { Database } from './schema.ts';

/** The leases of servers. */
export function createReplicaRows(db: Kysely<Database>): ReplicaRows {
  return {
    async renew(replicaId, ttlMs, peerAddress) {
      await sql`
        insert into replicas (replica_id, started_at, expires_at, peer_address)
        values (${replicaId}, clock_timestamp(),
          clock_timestamp() + ${ttlMs}::double precision * interval '1 millisecond', ${peerAddress ?? null})
        on conflict (replica_id) do update set
          expires_at = excluded.expires_at, peer_address = excluded.peer_address`.execute(db);
    },
    async live() {
      const { rows } = await sql<{ replica_id: ReplicaId }>`
        select replica_id from replicas where expires_at > clock_timestamp()`.execute(db);
      return rows.map(({ replica_id }) => replica_id);
    },
    async isLive(replicaId) {
      const { rows } = await sql`
        select 1 from replicas where replica_id = ${replicaId} and expires_at > clock_timestamp()`.execute(db);
      return rows.length > 0;
    },
    async expireOthers(replicaId) {
      await sql`update replicas set expires_at = clock_timestamp() where replica_id <> ${replicaId}`.execute(db);
    },
    async leave(replicaId) {
      await db.deleteFrom('replicas').where('replica_id', '=', replicaId).execute();
    },
  };
}
