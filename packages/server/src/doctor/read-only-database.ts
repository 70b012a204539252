import { cp, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely, PostgresDialect } from 'kysely';
import type { ServerConfig } from '../config.ts';
import { storeLocationOf } from '../key-management.ts';
import { StoreError, toStoreError } from '../stores/errors.ts';
import { lockFolder } from '../stores/folder-lock.ts';
import { openPglite } from '../stores/pglite/client.ts';
import { createPgliteDialect } from '../stores/pglite/dialect.ts';
import type { Database } from '../stores/schema.ts';

/** A database that nothing is written to. */
export interface ReadOnlyDatabase {
  readonly db: Kysely<Database>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;

/**
 * Opens the database of a configuration for reading: PostgreSQL in a session that writes nothing, the embedded database as a copy in
 * a temporary folder, since to open it is to write to it. Yields `undefined` where there is none yet.
 * @throws StoreError `ERR_STORE_LOCKED` while a server holds the embedded database, `ERR_STORE_UNREACHABLE`, `ERR_STORE_FOLDER`
 */
export async function openReadOnly(config: ServerConfig): Promise<ReadOnlyDatabase | undefined> {
  const location = storeLocationOf(config);
  return location.kind === 'pglite' ? openCopy(location.dataDir) : openSession(location.directUrl ?? location.url);
}

async function openCopy(dataDir: string): Promise<ReadOnlyDatabase | undefined> {
  const data = join(dataDir, 'pgdata');
  if ((await stat(data).catch(() => undefined)) === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-doctor-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const lock = await lockFolder(dataDir);
    try {
      await cp(data, join(folder, 'pgdata'), { recursive: true });
    } finally {
      await lock.release();
    }
    const client = await openPglite({ dataDir: join(folder, 'pgdata') });
    return {
      db: new Kysely<Database>({ dialect: createPgliteDialect(client) }),
      close: () => client.close().finally(remove),
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function openSession(connectionString: string): Promise<ReadOnlyDatabase> {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    connectionString,
    max: 1,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'sallyport-doctor',
  });
  pool.on('error', () => {});
  try {
    await pool.query('set default_transaction_read_only = on');
  } catch (error) {
    await pool.end();
    throw asUnreachable(error);
  }
  return { db: new Kysely<Database>({ dialect: new PostgresDialect({ pool }) }), close: () => pool.end() };
}

/** Whatever a driver says, without what it quotes of the address. */
export function asUnreachable(error: unknown): unknown {
  const told = toStoreError(error);
  if (told instanceof StoreError) return told;
  const { code } = error as { readonly code?: unknown };
  return new StoreError({
    code: 'ERR_STORE_UNREACHABLE',
    message: `the database can't be used${typeof code === 'string' ? ` (${code})` : ''}`,
    cause: error,
    nextStep: 'Check address, certificate authority and password in the file of databaseUrlFile.',
  });
}
