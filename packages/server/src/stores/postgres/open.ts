import { type Logger, silentLogger } from '@sallyport/core';
import { type Dialect, PostgresDialect } from 'kysely';
import type { Pool, PoolConfig } from 'pg';
import { StoreError } from '../errors.ts';
import { createPostgresFeed, type PostgresFeed } from './feed.ts';
import { createRenewingPool } from './pool.ts';

/** Connections of one server at the most, besides the one of the change feed. */
const MAX_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 5_000;
/** No statement of ours takes long; one that does waits for something that will not come. */
const STATEMENT_TIMEOUT_MS = 15_000;
/** The same on this side, for a server that can't be heard any more. */
const QUERY_TIMEOUT_MS = 20_000;
/**
 * A transaction that writes holds the one row of the change feed's head, so a server that vanished in the middle of one would
 * hold up every other.
 */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 5_000;
/**
 * No statement of ours is long enough for its compilation to pay, and a search whose rows are overestimated would wait for it ten times
 * as long as for its rows.
 */
export const NO_COMPILATION = 'set jit = off';
/** How long to wait for connections to close in order. */
const CLOSE_TIMEOUT_MS = 2_000;

/** A pool of connections to PostgreSQL. */
export interface OpenPostgres {
  readonly dialect: Dialect;
  /** One connection without time limits, for migrations: they wait for one another and may rewrite large tables. */
  readonly migrationDialect: Dialect;
  readonly feed: PostgresFeed;
  close(): Promise<void>;
}

/** Options of {@link openPostgres}. */
export interface PostgresOptions {
  /** Is told the number of each change that is committed while the feed is connected. */
  readonly onChange: (seq: number) => void;
  /** Defaults to silence. */
  readonly logger?: Logger;
}

/**
 * Connects to PostgreSQL 15 or newer.
 * @throws StoreError `ERR_STORE_UNREACHABLE`; its message names host and port, never the password
 */
export async function openPostgres(url: string, options: PostgresOptions): Promise<OpenPostgres> {
  const { onChange, logger = silentLogger } = options;
  // Loaded here, so that a server on the embedded database never loads it.
  const { default: pg } = await import('pg');
  const createPool = (config: PoolConfig): Pool => {
    const pool = new pg.Pool({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'sallyport',
      // Where it does not hold, behind a proxy for one, statements are slower and no worse.
      onConnect: (client) => void client.query(NO_COMPILATION).catch(() => {}),
      ...config,
    });
    // An idle connection that breaks is replaced; without a listener it would end the process.
    pool.on('error', (err) => logger.warn({ err }, 'a connection to PostgreSQL broke while idle'));
    // The same while it is leased and no statement is under way: the next one fails, and tells whoever leased it.
    pool.on('connect', (client) => client.on('error', () => {}));
    return pool;
  };
  const pool = createPool({
    max: MAX_CONNECTIONS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
  });
  try {
    await pool.query('select 1');
  } catch (cause) {
    await pool.end();
    throw new StoreError({
      code: 'ERR_STORE_UNREACHABLE',
      message: `PostgreSQL at ${describeAddress(url)} can't be used`,
      cause,
      nextStep:
        'Check that it runs, takes connections from this machine, and that the URL names user, password and database.',
    });
  }
  const feed = createPostgresFeed(url, onChange);
  return {
    dialect: new PostgresDialect({ pool: createRenewingPool(pool) }),
    migrationDialect: new PostgresDialect({ pool: async () => createPool({ max: 1 }) }),
    feed,
    async close() {
      if (pool.ended) return;
      // A server that went away without a word would never answer the goodbye.
      await Promise.race([Promise.all([feed.close(), pool.end()]), elapsed(CLOSE_TIMEOUT_MS)]);
    },
  };
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}

function describeAddress(url: string): string {
  try {
    const { hostname, port } = new URL(url);
    return `${hostname || 'the local socket'}:${port || '5432'}`;
  } catch {
    return 'the configured URL';
  }
}
