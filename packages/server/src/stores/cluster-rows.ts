import type { ClusterId, ReplicaId } from '@sallyport/core';
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { ChangeSet } from './change-feed.ts';
import type { AgentRecord, ClusterRows, ClusterWrites, InventorySummary } from './cluster-contracts.ts';
import type { ClusterTables } from './cluster-schema.ts';
import type { Database } from './schema.ts';

const SUMMARY = [
  'cluster_id',
  'kubernetes_version',
  'node_count',
  'ready_node_count',
  'namespace_count',
  'observed_at',
] as const;

/** Reads of the life of clusters, and what servers tell one another about it. */
export function createClusterRows(db: Kysely<Database>, now: () => number): ClusterRows {
  return {
    async joinTokens(clusterId) {
      const rows = await db
        .selectFrom('join_tokens')
        .select(['id', 'created_at', 'expires_at'])
        .where('cluster_id', '=', clusterId)
        .where('used_at', 'is', null)
        .where('expires_at', '>', new Date(now()))
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return rows.map((row) => ({ id: row.id, createdAt: row.created_at, expiresAt: row.expires_at }));
    },
    async agent(id) {
      const row = await db.selectFrom('agents').selectAll().where('id', '=', id).executeTakeFirst();
      return row && toAgent(row);
    },
    async agents(clusterId) {
      const rows = await db.selectFrom('agents').selectAll().where('cluster_id', '=', clusterId).execute();
      return rows.map(toAgent);
    },
    async inventory(clusterId) {
      const row = await db
        .selectFrom('cluster_inventories')
        .selectAll()
        .where('cluster_id', '=', clusterId)
        .executeTakeFirst();
      return row && { ...toSummary(row), nodes: row.nodes, namespaces: row.namespaces };
    },
    async inventories() {
      return (await db.selectFrom('cluster_inventories').select(SUMMARY).execute()).map(toSummary);
    },
    async sightings() {
      const rows = await db
        .selectFrom('cluster_sightings')
        .innerJoin('replicas', 'replicas.replica_id', 'cluster_sightings.replica_id')
        .selectAll('cluster_sightings')
        // By the database's clock: those of servers may differ.
        .where('replicas.expires_at', '>', sql<Date>`clock_timestamp()`)
        .execute();
      return rows.map((row) => ({
        clusterId: row.cluster_id,
        replicaId: row.replica_id,
        tunnels: row.tunnels.map((tunnel) => ({ ...tunnel, openedAt: new Date(tunnel.openedAt) })),
        ...(row.inventory_failure !== null && { inventoryFailure: row.inventory_failure }),
      }));
    },
    async putSightings(replicaId, sightings) {
      // One statement for all clusters: a server with hundreds of them says so every few seconds.
      const said = JSON.stringify(
        sightings.map(({ clusterId, tunnels, inventoryFailure }) => ({
          cluster_id: clusterId,
          tunnels,
          inventory_failure: inventoryFailure ?? null,
        })),
      );
      await sql`
        with said as (
          select * from jsonb_to_recordset(${said}::jsonb)
            as said (cluster_id text, tunnels jsonb, inventory_failure text)
        ), taken_back as (
          delete from cluster_sightings
          where replica_id = ${replicaId} and cluster_id not in (select cluster_id from said)
        )
        insert into cluster_sightings (cluster_id, replica_id, tunnels, inventory_failure, seen_at)
        select said.cluster_id, ${replicaId}, said.tunnels, said.inventory_failure, clock_timestamp()
        from said join clusters on clusters.id = said.cluster_id
        on conflict (cluster_id, replica_id) do update set
          tunnels = excluded.tunnels, inventory_failure = excluded.inventory_failure, seen_at = excluded.seen_at`.execute(
        db,
      );
    },
    async routes(replicaId) {
      const { rows } = await sql<{ cluster_id: ClusterId; replica_id: ReplicaId; peer_address: string }>`
        select cluster_id, replica_id, peer_address
        from cluster_sightings join replicas using (replica_id)
        where replica_id <> ${replicaId} and peer_address is not null
          and expires_at > clock_timestamp() and jsonb_array_length(tunnels) > 0`.execute(db);
      return rows.map((row) => ({
        clusterId: row.cluster_id,
        replicaId: row.replica_id,
        peerAddress: row.peer_address,
      }));
    },
    async health() {
      const rows = await db.selectFrom('cluster_health').selectAll().execute();
      return rows.map((row) => ({
        clusterId: row.cluster_id,
        status: row.status,
        ...(row.reason !== null && { reason: row.reason }),
        changedAt: row.changed_at,
      }));
    },
    async deregistered(clusterId, since) {
      const row = await db
        .selectFrom('deregistered_clusters')
        .selectAll()
        .where('cluster_id', '=', clusterId)
        .where('deregistered_at', '>', since)
        .executeTakeFirst();
      return (
        row && {
          clusterId: row.cluster_id,
          organizationId: row.organization_id,
          name: row.name,
          deregisteredAt: row.deregistered_at,
        }
      );
    },
  };
}

/** What {@link createClusterWrites} stands on. */
export interface ClusterWritesOptions {
  readonly db: Transaction<Database>;
  readonly changes: ChangeSet;
  readonly now: () => number;
}

/** Writes of the life of clusters within one transaction. */
export function createClusterWrites({ db, changes, now }: ClusterWritesOptions): ClusterWrites {
  const openTokens = (clusterId: AgentRecord['clusterId']) => sql`
    from join_tokens where cluster_id = ${clusterId} and used_at is null and expires_at > ${new Date(now())}`;

  return {
    async putAgent({ id, clusterId, enrolledAt, attestation }) {
      const stated = attestation === undefined ? null : JSON.stringify(attestation);
      await db
        .insertInto('agents')
        .values({ id, cluster_id: clusterId, enrolled_at: enrolledAt, attestation: stated })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ attestation: stated }))
        .execute();
    },
    async revokeAgent(clusterId, id) {
      const revoked = await db
        .updateTable('agent_certificates')
        .set({ revoked_at: new Date(now()) })
        .where('cluster_id', '=', clusterId)
        .where('agent_id', '=', id)
        .where('revoked_at', 'is', null)
        .returning('serial')
        .execute();
      changes.add('agentCertificates', ...revoked.map(({ serial }) => serial));
      return revoked.length;
    },
    async countOpenJoinTokens(clusterId) {
      const { rows } = await sql<{ count: number }>`select count(*)::integer as count ${openTokens(clusterId)}`.execute(
        db,
      );
      return rows[0]?.count ?? 0;
    },
    async revokeJoinToken(clusterId, id) {
      const { rows } = await sql`delete ${openTokens(clusterId)} and id = ${id} returning id`.execute(db);
      return rows.length > 0;
    },
    async tellHealth({ clusterId, status, reason, changedAt }, before) {
      const told = { status, reason: reason ?? null, changed_at: changedAt };
      if (before === undefined) {
        const inserted = await sql`
          insert into cluster_health (cluster_id, status, reason, changed_at)
          select id, ${told.status}, ${told.reason}, ${told.changed_at} from clusters where id = ${clusterId}
          on conflict (cluster_id) do nothing returning cluster_id`.execute(db);
        return inserted.rows.length > 0;
      }
      const updated = await db
        .updateTable('cluster_health')
        .set(told)
        .where('cluster_id', '=', clusterId)
        .where('changed_at', '=', before)
        .returning('cluster_id')
        .execute();
      return updated.length > 0;
    },
    async sweepClusters({ before, deregisteredBefore }) {
      await db
        .deleteFrom('join_tokens')
        .where((is) => is.or([is('expires_at', '<', before), is('used_at', '<', before)]))
        .execute();
      await db.deleteFrom('agent_certificates').where('not_after', '<', before).execute();
      await db
        .deleteFrom('agents')
        .where('enrolled_at', '<', before)
        .where(sql<boolean>`not exists (select from agent_certificates where agent_id = agents.id)`)
        .execute();
      await db.deleteFrom('cluster_sightings').where('seen_at', '<', before).execute();
      await db.deleteFrom('deregistered_clusters').where('deregistered_at', '<', deregisteredBefore).execute();
    },
  };
}

function toAgent(row: Selectable<ClusterTables['agents']>): AgentRecord {
  return {
    id: row.id,
    clusterId: row.cluster_id,
    enrolledAt: row.enrolled_at,
    ...(row.attestation !== null && { attestation: row.attestation }),
  };
}

function toSummary(
  row: Pick<Selectable<ClusterTables['cluster_inventories']>, (typeof SUMMARY)[number]>,
): InventorySummary {
  return {
    clusterId: row.cluster_id,
    kubernetesVersion: row.kubernetes_version,
    nodeCount: row.node_count,
    readyNodeCount: row.ready_node_count,
    namespaceCount: row.namespace_count,
    observedAt: row.observed_at,
  };
}
