import { type Kysely, sql } from 'kysely';
import type { ChangeSet } from './change-feed.ts';
import type { Database } from './schema.ts';
import { TERMINATED_SESSION_MEMORY_MS } from './snapshot-topics.ts';
import { ENDED_TERMINAL_MEMORY_MS } from './terminal-contracts.ts';

/** How many rows of a kind go at once: a transaction that announces a change holds up others. */
const BATCH_ROWS = 1_000;
/** How long notifications are kept that were delivered or given up, in milliseconds. */
const NOTIFICATIONS_KEPT_MS = 30 * 24 * 60 * 60_000;

/**
 * Deletes login sessions and kept answers that ended before `at`, and notifications and terminals that were over long ago, and
 * tells snapshots, which hold sessions until they hear of their end. Yields how many rows went; ask again while there are any.
 */
export async function deleteExpired(db: Kysely<Database>, changes: ChangeSet, at: Date): Promise<number> {
  const { rows } = await sql<{ id: string }>`
    delete from login_sessions where id in (
      select id from login_sessions where expires_at <= ${at} limit ${BATCH_ROWS} for update skip locked
    ) returning id`.execute(db);
  changes.add('loginSessions', ...rows.map(({ id }) => id));
  const { rows: terminated } = await sql<{ id: string }>`
    delete from terminated_sessions where id in (
      select id from terminated_sessions where terminated_at <= ${new Date(at.getTime() - TERMINATED_SESSION_MEMORY_MS)}
      limit ${BATCH_ROWS} for update skip locked
    ) returning id`.execute(db);
  changes.add('terminatedSessions', ...terminated.map(({ id }) => id));
  const { numAffectedRows = 0n } = await sql`
    delete from idempotency_keys where (principal_id, key_sha256) in (
      select principal_id, key_sha256 from idempotency_keys where expires_at <= ${at} limit ${BATCH_ROWS}
    )`.execute(db);
  const { numAffectedRows: notificationCount = 0n } = await sql`
    delete from notifications where id in (
      select id from notifications where settled_at <= ${new Date(at.getTime() - NOTIFICATIONS_KEPT_MS)}
      limit ${BATCH_ROWS}
    )`.execute(db);
  const { numAffectedRows: terminalCount = 0n } = await sql`
    delete from terminals where id in (
      select id from terminals where least(ended_at, expires_at) <= ${new Date(at.getTime() - ENDED_TERMINAL_MEMORY_MS)}
      limit ${BATCH_ROWS}
    )`.execute(db);
  const counts = [numAffectedRows, notificationCount, terminalCount].map(Number);
  return counts.reduce((sum, count) => sum + count, rows.length + terminated.length);
}
