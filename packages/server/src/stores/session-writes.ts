import type { Transaction } from 'kysely';
import type { ChangeSet } from './change-feed.ts';
import type { Database } from './schema.ts';
import type { SessionWrites } from './session-contracts.ts';

/** Ends sessions, within one transaction. */
export function createSessionWrites(options: {
  readonly db: Transaction<Database>;
  readonly changes: ChangeSet;
}): SessionWrites {
  const { db, changes } = options;
  return {
    async terminate({ id, reason, terminatedBy, terminatedAt }) {
      const { numInsertedOrUpdatedRows = 0n } = await db
        .insertInto('terminated_sessions')
        .values({ id, reason, terminated_by: terminatedBy, terminated_at: terminatedAt })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .executeTakeFirst();
      if (numInsertedOrUpdatedRows === 0n) return false;
      changes.add('terminatedSessions', id);
      return true;
    },
  };
}
