import { randomBytes } from 'node:crypto';
import { type Clock, Secret } from '@sallyport/core';
import type { Store } from './contracts.ts';
import { createStore, openDatabase, type StoreDatabase } from './open-store.ts';

/** A database that tests run against. */
export interface TestDatabase {
  readonly name: string;
  /** An empty store of its own. */
  open(options?: { readonly clock?: Clock }): Promise<TestStore>;
}

/** A store, what lies under it, and the way to be rid of both. */
export interface TestStore {
  readonly store: Store;
  readonly db: StoreDatabase['db'];
  /** Another server on the same database; absent where there can be only one. */
  readonly openAnother?: () => Promise<Store>;
  drop(): Promise<void>;
}

const encryptionKey = new Secret(randomBytes(32));

const embedded: TestDatabase = {
  name: 'PGlite',
  async open(options = {}) {
    const database = await openDatabase({ kind: 'pglite', dataDir: 'memory://' }, { encryptionKey, ...options });
    const store = createStore(database);
    return { store, db: database.db, drop: () => store.close() };
  },
};

/** The databases that store tests run on: PGlite always, PostgreSQL when `serverUrl` names a server to make databases on. */
export function testDatabases(serverUrl: string | undefined): readonly TestDatabase[] {
  return serverUrl === undefined ? [embedded] : [embedded, postgres(serverUrl)];
}

function postgres(serverUrl: string): TestDatabase {
  return {
    name: 'PostgreSQL',
    async open(options = {}) {
      const { url, drop } = await createPostgresDatabase(serverUrl);
      const database = await openDatabase({ kind: 'postgres', url }, { encryptionKey, ...options });
      // A clock that a test moves is the clock of everything.
      const leaseTime = options.clock === undefined ? database.leaseTime : 'own';
      const store = createStore({ ...database, leaseTime });
      return {
        store,
        db: database.db,
        openAnother: async () =>
          createStore({ ...(await openDatabase({ kind: 'postgres', url }, { encryptionKey, ...options })), leaseTime }),
        drop: () => store.close().then(drop),
      };
    },
  };
}

/** Makes an empty database on a PostgreSQL server. */
export async function createPostgresDatabase(serverUrl: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `sallyport_test_${randomBytes(6).toString('hex')}`;
  await administer(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administer(serverUrl, `drop database ${name} with (force)`) };
}

async function administer(serverUrl: string, statement: string): Promise<void> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
