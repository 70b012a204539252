import type { ReplicaId } from '@sallyport/core';
import { type Kysely, sql, type Transaction } from 'kysely';
import { type HeldShare, planShare } from '../limits/share-plan.ts';
import type { LimitAsk, LimitGrant, LimitShareRows } from './limit-share-contracts.ts';
import type { Database } from './schema.ts';

/** A share of another server, as the database holds it; pg reads `bigint` as text. */
interface ShareRow {
  readonly key: string;
  readonly replica_id: string;
  readonly amount: number | string;
  readonly keep: number | string;
  readonly want: number | string;
}

/** Leased shares in the database, whose clock alone says when a lease has ended: those of servers may differ. */
export function createLimitShareRows(db: Kysely<Database>): LimitShareRows {
  return {
    renew: (replicaId, ttlMs, asks, released) =>
      db.transaction().execute(async (tx) => {
        // Renewals go one after the other: each must see what the one before took. Once a second each, they can.
        await sql`lock table limit_shares in share row exclusive mode`.execute(tx);
        // Not now(), which is the time before the lock.
        await sql`delete from limit_replicas where expires_at <= clock_timestamp()`.execute(tx);
        await sql`
          insert into limit_replicas values (${replicaId}, ${endOf(ttlMs)})
          on conflict (replica_id) do update set expires_at = excluded.expires_at`.execute(tx);
        await sql`
          delete from limit_shares where expires_at <= clock_timestamp()
            or (replica_id = ${replicaId} and key in (select jsonb_array_elements_text(${JSON.stringify(released)}::jsonb)))`.execute(
          tx,
        );
        const grants = asks.length === 0 ? new Map() : await take(tx, replicaId, ttlMs, asks);
        const { rows } = await sql<{ count: number }>`select count(*)::integer as count from limit_replicas`.execute(
          tx,
        );
        return { replicaCount: rows[0]?.count ?? 1, grants };
      }),
    async leave(replicaId) {
      await db.deleteFrom('limit_shares').where('replica_id', '=', replicaId).execute();
      await db.deleteFrom('limit_replicas').where('replica_id', '=', replicaId).execute();
    },
  };
}

async function take(
  tx: Transaction<Database>,
  replicaId: ReplicaId,
  ttlMs: number,
  asks: readonly LimitAsk[],
): Promise<ReadonlyMap<string, LimitGrant>> {
  const { rows } = await sql<ShareRow>`
    select key, replica_id, amount, keep, want from limit_shares
    where replica_id <> ${replicaId}
      and key in (select jsonb_array_elements_text(${JSON.stringify(asks.map(({ key }) => key))}::jsonb))`.execute(tx);
  const held = new Map<string, HeldShare[]>();
  for (const row of rows) {
    const share = {
      replicaId: row.replica_id,
      amount: Number(row.amount),
      keep: Number(row.keep),
      want: Number(row.want),
    };
    const known = held.get(row.key);
    if (known === undefined) held.set(row.key, [share]);
    else known.push(share);
  }
  const grants = new Map<string, LimitGrant>();
  for (const ask of asks) {
    const others = held.get(ask.key) ?? [];
    const keptElsewhere = others.reduce((sum, { keep }) => sum + keep, 0);
    grants.set(ask.key, { amount: planShare(ask.total, replicaId, ask, others), keptElsewhere });
  }
  const taken = asks.map(({ key, keep, want }) => ({ key, keep, want, amount: grants.get(key)?.amount }));
  await sql`
    insert into limit_shares (key, replica_id, amount, keep, want, expires_at)
    select key, ${replicaId}, amount, keep, want, ${endOf(ttlMs)}
    from jsonb_to_recordset(${JSON.stringify(taken)}::jsonb) as taken (key text, amount bigint, keep bigint, want bigint)
    on conflict (key, replica_id) do update set
      amount = excluded.amount, keep = excluded.keep, want = excluded.want, expires_at = excluded.expires_at`.execute(
    tx,
  );
  return grants;
}

function endOf(ttlMs: number) {
  return sql<Date>`clock_timestamp() + ${ttlMs}::double precision * interval '1 millisecond'`;
}
