import { type Kysely, sql } from 'kysely';
import type { ReplicaRows } from './audit-log-contracts.ts';
import type { Database } from './schema.ts';

/** The leases of servers. */
export function createReplicaRows(db: Kysely<Database>): ReplicaRows {
  return {
    async renew(replicaId, ttlMs) {
      await sql`
        insert into replicas (replica_id, started_at, expires_at)
        values (${replicaId}, clock_timestamp(), clock_timestamp() + ${ttlMs}::double precision * interval '1 millisecond')
        on conflict (replica_id) do update set expires_at = excluded.expires_at`.execute(db);
    },
    async expireOthers(replicaId) {
      await sql`update replicas set expires_at = clock_timestamp() where replica_id <> ${replicaId}`.execute(db);
    },
    async leave(replicaId) {
      await db.deleteFrom('replicas').where('replica_id', '=', replicaId).execute();
    },
  };
}
