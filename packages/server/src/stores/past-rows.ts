import { randomUUID } from 'node:crypto';
import type { Clock } from '@sallyport/core';
import { type Kysely, sql, type Transaction } from 'kysely';
import { type ChangeSet, readChangeHead, readChangeTime } from './change-feed.ts';
import type { DatabasePast, FinishedRestore, PastRows, RestoreWrites } from './past-contracts.ts';
import type { RestingAccess } from './resting-access.ts';
import type { Database } from './schema.ts';

/** Names of settings: what the database is called, and its last restore. */
const DATABASE_ID = 'databaseId';
const LAST_RESTORE = 'lastRestore';

/** Reads the past of a database; the first to ask gives it its id. */
export function createPastRows(db: Kysely<Database>): PastRows {
  return {
    async read() {
      await db
        .insertInto('settings')
        .values({ name: DATABASE_ID, value: randomUUID() })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute();
      return readPast(db);
    },
    changeTime: (seq) => readChangeTime(db, seq),
  };
}

/** Reads the past of a database, and writes nothing; the id is empty where no server has asked for it. */
export async function readPast(db: Kysely<Database>): Promise<DatabasePast> {
  const rows = await db.selectFrom('settings').selectAll().where('name', 'in', [DATABASE_ID, LAST_RESTORE]).execute();
  const settings = new Map(rows.map(({ name, value }) => [name, value]));
  const restore = settings.get(LAST_RESTORE);
  return {
    databaseId: settings.get(DATABASE_ID) ?? '',
    head: await readChangeHead(db),
    ...(restore !== undefined && { restore: JSON.parse(restore) as FinishedRestore }),
  };
}

/** What a restore does, within one transaction. */
export function createRestoreWrites(options: {
  readonly db: Transaction<Database>;
  readonly clock: Clock;
  readonly changes: ChangeSet;
  readonly resting: RestingAccess;
}): RestoreWrites {
  const { db, clock, changes, resting } = options;
  return {
    async endIssued(kept) {
      const at = new Date(clock.now());
      const { rows } = await sql<{ count: number }>`
        select count(*)::integer as count from grants where ended_at is null and ends_at > ${at}`.execute(db);
      await resting.end({ kind: 'Past' });
      const ended = await db.deleteFrom('login_sessions').executeTakeFirstOrThrow();
      await db
        .updateTable('credentials')
        .set({ revoked_at: at })
        .where('revoked_at', 'is', null)
        .where('expires_at', '>', at)
        .execute();
      await db.updateTable('agent_certificates').set({ revoked_at: at }).where('revoked_at', 'is', null).execute();
      for (const table of ['join_tokens', 'scim_tokens', 'oauth_rows', 'one_time_rows', 'local_links'] as const) {
        await db.deleteFrom(table).execute();
      }
      if (!kept.localFactors) {
        const none = { password: null, must_change_password: false, totp_secret: null, totp_last_step: null };
        await db.updateTable('local_accounts').set(none).execute();
        for (const table of ['local_recovery_codes', 'passkeys'] as const) await db.deleteFrom(table).execute();
      }
      for (const topic of ['loginSessions', 'revokedCredentials', 'grants', 'agentCertificates'] as const) {
        changes.addAll(topic);
      }
      changes.addPolicyChange();
      return { loginSessions: Number(ended.numDeletedRows), grants: rows[0]?.count ?? 0 };
    },
    async finish(restore) {
      const value = JSON.stringify(restore);
      await db
        .insertInto('settings')
        .values({ name: LAST_RESTORE, value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
        .execute();
      // The commit of this transaction is the next change.
      await sql`update change_head set seq = ${restore.continuesAt - 1}`.execute(db);
    },
  };
}
