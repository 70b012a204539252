import { randomBytes } from 'node:crypto';
import { type Clock, Secret } from '@sallyport/core';
import type { Store } from './contracts.ts';
import { openStore, type StoreLocation } from './open-store.ts';

/** A database that tests run against. */
export interface TestDatabase {
  readonly name: string;
  /** An empty store of its own, and the way to be rid of it. */
  open(options?: {
    readonly clock?: Clock;
  }): Promise<{ readonly store: Store; readonly location: StoreLocation; drop(): Promise<void> }>;
}

const encryptionKey = new Secret(randomBytes(32));

const embedded: TestDatabase = {
  name: 'PGlite',
  async open(options = {}) {
    const location: StoreLocation = { kind: 'pglite', dataDir: 'memory://' };
    const store = await openStore(location, { encryptionKey, ...options });
    return { store, location, drop: () => store.close() };
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
      const name = `sallyport_test_${randomBytes(6).toString('hex')}`;
      await administer(serverUrl, `create database ${name}`);
      const url = new URL(serverUrl);
      url.pathname = `/${name}`;
      const location: StoreLocation = { kind: 'postgres', url: url.href };
      const store = await openStore(location, { encryptionKey, ...options });
      return {
        store,
        location,
        async drop() {
          await store.close();
          await administer(serverUrl, `drop database ${name} with (force)`);
        },
      };
    },
  };
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
