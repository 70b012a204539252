import { type Logger, silentLogger } from '@sallyport/core';
import { type Dialect, PostgresDialect } from 'kysely';
import type { Pool, PoolConfig } from 'pg';
import { StoreError, standby } from '../errors.ts';
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

/** The same where connections are shared with others, for one transaction at a time. */
const TRANSACTION_SETTINGS = [
  `set local statement_timeout = ${STATEMENT_TIMEOUT_MS}`,
  `set local idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_TIMEOUT_MS}`,
  NO_COMPILATION.replace('set', 'set local'),
].join('; ');

/** A pool of connections to PostgreSQL. */
export interface OpenPostgres {
  readonly dialect: Dialect;
  /** One connection without time limits, for migrations: they wait for one another and may rewrite large tables. */
  readonly migrationDialect: Dialect;
  readonly feed: PostgresFeed;
  close(): Promise<void>;
}

/** Where PostgreSQL is. */
export interface PostgresLocation {
  readonly url: string;
  /**
   * The database itself, where `url` leads to something that lends its connections for one transaction at a time, such as
   * PgBouncer. The change feed and migrations go there. Absent: `url` is the database itself.
   */
  readonly directUrl?: string;
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
 * @throws StoreError `ERR_STORE_UNREACHABLE`, `ERR_STORE_STANDBY`, `ERR_STORE_POOLED`; messages name host and port, never the
 * password
 */
export async function openPostgres(location: PostgresLocation, options: PostgresOptions): Promise<OpenPostgres> {
  const { url, directUrl = url } = location;
  const { onChange, logger = silentLogger } = options;
  const isShared = location.directUrl !== undefined;
  // Loaded here, so that a server on the embedded database never loads it.
  const { default: pg } = await import('pg');
  const createPool = (config: PoolConfig): Pool => {
    const pool = new pg.Pool({
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'sallyport',
      ...config,
    });
    // An idle connection that breaks is replaced; without a listener it would end the process.
    pool.on('error', (err) => logger.warn({ err }, 'a connection to PostgreSQL broke while idle'));
    // The same while it is leased and no statement is under way: the next one fails, and tells whoever leased it.
    pool.on('connect', (client) => client.on('error', () => {}));
    return pool;
  };
  /** Settings that stay with a connection, where that is ours alone. */
  const ownSessions: PoolConfig = {
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    // Where it does not hold, statements are slower and no worse.
    onConnect: (client) => void client.query(NO_COMPILATION).catch(() => {}),
  };
  const pool = createPool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    query_timeout: QUERY_TIMEOUT_MS,
    ...(!isShared && ownSessions),
  });
  const direct = (config: PoolConfig = {}) => createPool({ connectionString: directUrl, max: 1, ...config });
  try {
    if (isShared) await check(pool, url, undefined);
    const probe = isShared ? direct(ownSessions) : pool;
    try {
      await check(probe, directUrl, STATEMENT_TIMEOUT_MS);
    } finally {
      if (probe !== pool) await probe.end();
    }
  } catch (error) {
    await pool.end();
    throw error;
  }
  const feed = createPostgresFeed(directUrl, onChange);
  return {
    dialect: new PostgresDialect({
      pool: createRenewingPool(pool, isShared ? { settings: TRANSACTION_SETTINGS } : {}),
    }),
    migrationDialect: new PostgresDialect({ pool: async () => direct() }),
    feed,
    async close() {
      if (pool.ended) return;
      // A server that went away without a word would never answer the goodbye.
      await Promise.race([Promise.all([feed.close(), pool.end()]), elapsed(CLOSE_TIMEOUT_MS)]);
    },
  };
}

/** Finds out what is at an address: a primary that keeps the settings of a session, where `statementTimeoutMs` is one. */
async function check(pool: Pool, url: string, statementTimeoutMs: number | undefined): Promise<void> {
  let answer: { readonly is_standby: boolean; readonly timeout_ms: number } | undefined;
  try {
    const { rows } = await pool.query(
      `select pg_is_in_recovery() as is_standby, setting::integer as timeout_ms from pg_settings where name = 'statement_timeout'`,
    );
    [answer] = rows;
  } catch (cause) {
    if (isPoolerRefusal(cause)) throw pooled(url, cause);
    throw new StoreError({
      code: 'ERR_STORE_UNREACHABLE',
      message: `PostgreSQL at ${describeAddress(url)} can't be used`,
      cause,
      nextStep:
        'Check that it runs, takes connections from this machine, and that the URL names user, password and database.',
    });
  }
  if (answer?.is_standby) throw standby();
  if (statementTimeoutMs !== undefined && answer?.timeout_ms !== statementTimeoutMs) throw pooled(url);
}

/** What a pooler says to settings of a session that it does not carry over (08P01). */
function isPoolerRefusal(error: unknown): boolean {
  return error instanceof Error && /unsupported startup parameter/.test(error.message);
}

function pooled(url: string, cause?: unknown): StoreError {
  return new StoreError({
    code: 'ERR_STORE_POOLED',
    message: `what answers at ${describeAddress(url)} shares its connections to PostgreSQL`,
    cause,
    nextStep: 'Have databaseDirectUrlFile name the database itself; databaseUrlFile may then lead to the pooler.',
  });
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
