import { AsyncLocalStorage } from 'node:async_hooks';
import { formatAuditEvent } from '@sallyport/audit';
import { type Clock, type Logger, type Secret, systemClock } from '@sallyport/core';
import { Kysely } from 'kysely';
import { insertAuditEvents, selectAuditEvents } from './audit-rows.ts';
import type { Store } from './contracts.ts';
import { createEnvelope, type Envelope } from './envelope.ts';
import { StoreError, toStoreError } from './errors.ts';
import { establishKey, listKeys, putKey } from './keys.ts';
import { migrate } from './migrations/index.ts';
import { createOauthRows } from './oauth-rows.ts';
import { openPgliteFolder } from './pglite/open.ts';
import { openPostgres } from './postgres.ts';
import { toIdentityProvider, toInventory } from './rows.ts';
import type { Database } from './schema.ts';
import { appendChange, readChangeHead, readSnapshotRecords, type SnapshotTopic } from './snapshot-rows.ts';
import { createTransaction } from './transaction.ts';

/** Where a store keeps its state. */
export type StoreLocation =
  /** The embedded database in a folder of this machine, for one server; `memory://` keeps nothing. */
  | { readonly kind: 'pglite'; readonly dataDir: string }
  /** PostgreSQL 15 or newer, for any number of servers. */
  | { readonly kind: 'postgres'; readonly url: string };

/** Options of {@link openStore}. */
export interface StoreOptions {
  /** 32 bytes that secrets are encrypted with. Bound to the database when it is first opened. */
  readonly encryptionKey: Secret<Buffer>;
  /** Defaults to the machine's clock. */
  readonly clock?: Clock;
  /** Defaults to silence. */
  readonly logger?: Logger;
}

/**
 * Opens the store, brings its schema up to date and checks the encryption key.
 * @throws StoreError `ERR_STORE_LOCKED`, `ERR_STORE_FOLDER`, `ERR_STORE_UNREACHABLE`, `ERR_STORE_MIGRATION`,
 * `ERR_STORE_ENCRYPTION_KEY`
 */
export async function openStore(location: StoreLocation, options: StoreOptions): Promise<Store> {
  return createStore(await openDatabase(location, options));
}

/** An open database with its schema in place. */
export interface StoreDatabase {
  readonly db: Kysely<Database>;
  readonly envelope: Envelope;
  readonly clock: Clock;
  close(): Promise<void>;
}

/** The first half of {@link openStore}: everything but the contract. */
export async function openDatabase(location: StoreLocation, options: StoreOptions): Promise<StoreDatabase> {
  const { encryptionKey, clock = systemClock, logger } = options;
  const envelope = createEnvelope(encryptionKey);
  const database =
    location.kind === 'pglite' ? await openPgliteFolder(location.dataDir) : await openPostgres(location.url, logger);
  const db = new Kysely<Database>({ dialect: database.dialect });
  try {
    await migrate(db);
    await checkEncryptionKey(db, envelope);
  } catch (error) {
    await database.close();
    throw toStoreError(error);
  }
  return { db, envelope, clock, close: database.close };
}

/** The contract over an open database. */
export function createStore({ db, envelope, clock, close }: StoreDatabase): Store {
  const inside = new AsyncLocalStorage<{ active: boolean }>();
  let closing: Promise<void> | undefined;

  /** Runs one access to the database, outside of any transaction, and translates its failure. */
  async function access<Result>(work: () => Promise<Result>): Promise<Result> {
    if (inside.getStore()?.active) {
      throw new StoreError({
        code: 'ERR_STORE_NESTED',
        message: 'the store was called inside one of its own transactions, which would wait for itself',
      });
    }
    try {
      return await work();
    } catch (error) {
      throw toStoreError(error);
    }
  }

  const oauth = createOauthRows(db, envelope);
  return {
    transact: (work) =>
      access(() =>
        db.transaction().execute(async (tx) => {
          const topics = new Set<SnapshotTopic>();
          const scope = { active: true };
          try {
            const result = await inside.run(scope, () => work(createTransaction({ db: tx, clock, envelope, topics })));
            if (topics.size > 0) await appendChange(tx, topics, new Date(clock.now()));
            return result;
          } finally {
            scope.active = false;
          }
        }),
      ),
    identityProviders: () =>
      access(async () => {
        const rows = await db.selectFrom('identity_providers').selectAll().orderBy('name').execute();
        return rows.map((row) => toIdentityProvider(row, envelope));
      }),
    inventories: () =>
      access(async () => (await db.selectFrom('cluster_inventories').selectAll().execute()).map(toInventory)),
    changes: {
      head: () => access(() => readChangeHead(db)),
      read: (since) => access(() => readSnapshotRecords(db, since, new Date(clock.now()))),
    },
    keys: {
      list: (purpose) => access(() => listKeys(db, envelope, purpose)),
      put: (key) => access(() => putKey(db, envelope, key)),
      establish: (key) => access(() => establishKey(db, envelope, key)),
    },
    appendAudit: (events) => access(() => insertAuditEvents(db, events.map(formatAuditEvent))),
    listAudit: (filter) => access(() => selectAuditEvents(db, filter)),
    oauth: {
      upsert: (row) => access(() => oauth.upsert(row)),
      find: (model, id) => access(() => oauth.find(model, id)),
      findBy: (model, key, value) => access(() => oauth.findBy(model, key, value)),
      consume: (model, id, at) => access(() => oauth.consume(model, id, at)),
      destroy: (model, id) => access(() => oauth.destroy(model, id)),
      revokeByGrantId: (grantId) => access(() => oauth.revokeByGrantId(grantId)),
      sweep: (at) => access(() => oauth.sweep(at)),
    },
    close: () => (closing ??= close()),
  };
}

const KEY_CHECK = 'encryptionKeyCheck';

/** Refuses a key other than the one that the database was set up with, before anything is written under it. */
async function checkEncryptionKey(db: Kysely<Database>, envelope: Envelope): Promise<void> {
  await db
    .insertInto('settings')
    .values({ name: KEY_CHECK, value: envelope.seal(KEY_CHECK, KEY_CHECK) })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const { value } = await db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', KEY_CHECK)
    .executeTakeFirstOrThrow();
  envelope.open(value, KEY_CHECK);
}
