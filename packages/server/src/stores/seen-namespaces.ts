import type { ClusterId } from '@sallyport/core';
import { sql, type Transaction } from 'kysely';
import type { SeenNamespaces } from './cluster-contracts.ts';
import type { RestingAccess } from './resting-access.ts';
import type { Database } from './schema.ts';
import { loadRecords } from './snapshot-topics.ts';

/** Implements `Transaction.seeNamespaces`: compares what a cluster has with what it had, and ends what rests on the difference. */
export async function seeNamespaces(
  { db, resting }: { readonly db: Transaction<Database>; readonly resting: RestingAccess },
  clusterId: ClusterId,
  { uids, at }: SeenNamespaces,
): Promise<void> {
  // Every cluster has some (kube-system at the least): whoever sees none is shown less than there is.
  if (uids.size === 0) return;
  const told = JSON.stringify(Object.fromEntries(uids));
  const { rows } = await sql<{ uids: Readonly<Record<string, string>>; seen_at: Date }>`
    select uids, seen_at from cluster_namespaces where cluster_id = ${clusterId} for update`.execute(db);
  const [before] = rows;
  if (before === undefined) {
    await sql`
      insert into cluster_namespaces (cluster_id, uids, seen_at)
      select id, ${told}::jsonb, ${at} from clusters where id = ${clusterId}
      on conflict (cluster_id) do nothing`.execute(db);
    return;
  }
  if (before.seen_at >= at) return;
  const names = Object.keys(before.uids);
  const gone = names.filter((name) => uids.get(name) !== before.uids[name]);
  const isSame = gone.length === 0 && names.length === uids.size;
  await db
    .updateTable('cluster_namespaces')
    .set({ seen_at: at, ...(!isSame && { uids: told }) })
    .where('cluster_id', '=', clusterId)
    .execute();
  if (gone.length === 0) return;
  const [cluster] = await loadRecords(db, 'clusters', at, [clusterId]);
  if (cluster !== undefined) await resting.end({ kind: 'Namespaces', cluster, names: gone });
}
