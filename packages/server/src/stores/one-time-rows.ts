import type { Clock } from '@sallyport/core';
import type { Transaction } from 'kysely';
import type { Envelope } from './envelope.ts';
import { sha256 } from './hash.ts';
import type { OneTimeRows } from './local-contracts.ts';
import type { Database } from './schema.ts';

/** The rows of what is good for one use, within one transaction. */
export function createOneTimeRows(options: {
  readonly db: Transaction<Database>;
  readonly clock: Clock;
  readonly envelope: Envelope;
}): OneTimeRows {
  const { db, clock, envelope } = options;
  const now = () => new Date(clock.now());
  const context = (kind: string, hash: string) => `oneTime/${kind}/${hash}`;
  const read = (kind: string, hash: string, row: { readonly payload: string } | undefined) =>
    row && (JSON.parse(envelope.open(row.payload, context(kind, hash)).reveal()) as Readonly<Record<string, unknown>>);

  return {
    async put(kind, key, value, expiresAt) {
      // What nobody came back for goes when the next one comes.
      await db.deleteFrom('one_time_rows').where('expires_at', '<', now()).execute();
      const hash = sha256(key);
      const values = { payload: envelope.seal(JSON.stringify(value), context(kind, hash)), expires_at: expiresAt };
      await db
        .insertInto('one_time_rows')
        .values({ kind, key_sha256: hash, ...values })
        .onConflict((conflict) => conflict.columns(['kind', 'key_sha256']).doUpdateSet(values))
        .execute();
    },
    async claim(kind, key, until) {
      await db.deleteFrom('one_time_rows').where('expires_at', '<', now()).execute();
      const hash = sha256(key);
      const made = await db
        .insertInto('one_time_rows')
        .values({ kind, key_sha256: hash, payload: envelope.seal('{}', context(kind, hash)), expires_at: until })
        .onConflict((conflict) => conflict.columns(['kind', 'key_sha256']).doNothing())
        .returning('kind')
        .executeTakeFirst();
      return made !== undefined;
    },
    async find(kind, key) {
      const hash = sha256(key);
      const found = db.selectFrom('one_time_rows').select('payload').where('kind', '=', kind);
      return read(
        kind,
        hash,
        await found.where('key_sha256', '=', hash).where('expires_at', '>', now()).executeTakeFirst(),
      );
    },
    async take(kind, key) {
      const hash = sha256(key);
      const taken = db.deleteFrom('one_time_rows').where('kind', '=', kind).where('key_sha256', '=', hash);
      return read(kind, hash, await taken.where('expires_at', '>', now()).returning('payload').executeTakeFirst());
    },
  };
}
