import { type Kysely, sql } from 'kysely';
import { StoreError } from './errors.ts';
import type { LeaseChecks, Leases } from './key-contracts.ts';
import type { Database } from './schema.ts';

/** Which clock says when a lease has ended. `own` is the server's, where it is the only one; else their clocks may differ. */
export type LeaseTime = 'own' | 'database';

/**
 * Leases of jobs that one server at a time runs, one row each. A server may be held up with a lease that has ended, so a lease
 * alone promises little: what its holder writes goes through {@link createLeaseChecks}, where the database decides whose turn
 * it is.
 */
export function createLeases(db: Kysely<Database>, now: () => number, time: LeaseTime): Leases {
  const instant = () => (time === 'own' ? sql<Date>`${new Date(now())}::timestamptz` : sql<Date>`clock_timestamp()`);
  return {
    async acquire(name, holder, ttlMs) {
      const at = instant();
      const until = sql<Date>`${at} + ${ttlMs}::double precision * interval '1 millisecond'`;
      // By the clock of whoever holds it, from before it was asked for.
      const expiresAt = new Date(now() + ttlMs);
      const row = await db
        .insertInto('leases')
        .values({ name, holder, epoch: 1, expires_at: until })
        .onConflict((conflict) =>
          conflict
            .column('name')
            .doUpdateSet({
              holder,
              expires_at: until,
              epoch: sql<number>`leases.epoch + case when leases.holder = ${holder} then 0 else 1 end`,
            })
            .where((where) => where.or([where('leases.holder', '=', holder), where('leases.expires_at', '<=', at)])),
        )
        .returning('epoch')
        .executeTakeFirst();
      return row && { name, holder, epoch: Number(row.epoch), expiresAt };
    },
    async release({ name, holder, epoch }) {
      await db
        .updateTable('leases')
        .set({ expires_at: new Date(0) })
        .where('name', '=', name)
        .where('holder', '=', holder)
        .where('epoch', '=', epoch)
        .execute();
    },
  };
}

/** The fence inside a transaction. */
export function createLeaseChecks(db: Kysely<Database>): LeaseChecks {
  return {
    async holdLease({ name, holder, epoch }) {
      // Locked for share: taking the lease over is an update of this row and waits for the commit.
      const row = await db
        .selectFrom('leases')
        .select(['holder', 'epoch'])
        .where('name', '=', name)
        .forShare()
        .executeTakeFirst();
      if (row?.holder === holder && Number(row.epoch) === epoch) return;
      throw new StoreError({
        code: 'ERR_STORE_LEASE_LOST',
        message: `lease ${name} is at epoch ${Number(row?.epoch ?? 0)} with another server, ours was ${epoch}`,
      });
    },
  };
}
