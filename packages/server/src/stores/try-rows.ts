import type { Clock } from '@sallyport/core';
import type { Transaction } from 'kysely';
import { sha256 } from './hash.ts';
import type { TryRows } from './local-contracts.ts';
import type { Database } from './schema.ts';

/** How long records are kept that no try has touched, in milliseconds: longer than any lock-out remembers. */
const KEPT_MS = 7 * 86_400_000;
const NO_FAILURES = 0;

/** The counts of tries, within one transaction. They lie in the database so that all replicas count alike. */
export function createTryRows(options: { readonly db: Transaction<Database>; readonly clock: Clock }): TryRows {
  const { db, clock } = options;
  return {
    async lock(key) {
      const hash = sha256(key);
      const now = new Date(clock.now());
      // A row to lock must be there first: otherwise the first tries side by side would each find nothing.
      await db
        .insertInto('login_tries')
        .values({ key_sha256: hash, failures: NO_FAILURES, last_at: now, locked_until: null })
        .onConflict((conflict) => conflict.column('key_sha256').doNothing())
        .execute();
      const row = await db
        .selectFrom('login_tries')
        .selectAll()
        .where('key_sha256', '=', hash)
        .forUpdate()
        .executeTakeFirst();
      if (row === undefined || row.failures === NO_FAILURES) return undefined;
      const { failures, last_at: lastAt, locked_until: lockedUntil } = row;
      return { failures, lastAt, ...(lockedUntil !== null && { lockedUntil }) };
    },
    async put(key, { failures, lastAt, lockedUntil }) {
      await db
        .updateTable('login_tries')
        .set({ failures, last_at: lastAt, locked_until: lockedUntil ?? null })
        .where('key_sha256', '=', sha256(key))
        .execute();
    },
    async forget(key) {
      const hash = sha256(key);
      await db.deleteFrom('login_tries').where('key_sha256', '=', hash).execute();
      await db
        .deleteFrom('login_tries')
        .where('last_at', '<', new Date(clock.now() - KEPT_MS))
        .execute();
    },
  };
}
