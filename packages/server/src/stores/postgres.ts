import { type Logger, silentLogger } from '@sallyport/core';
import { type Dialect, PostgresDialect } from 'kysely';
import { StoreError } from './errors.ts';

const MAX_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 5_000;
/** No statement of ours takes long; one that does waits for something that will not come. */
const STATEMENT_TIMEOUT_MS = 30_000;

/** A pool of connections to PostgreSQL. */
export interface OpenPostgres {
  readonly dialect: Dialect;
  close(): Promise<void>;
}

/**
 * Connects to PostgreSQL 15 or newer.
 * @throws StoreError `ERR_STORE_UNREACHABLE`; its message names host and port, never the password
 */
export async function openPostgres(url: string, logger: Logger = silentLogger): Promise<OpenPostgres> {
  // Loaded here, so that a server on the embedded database never loads it.
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    // The same on this side, for a server that can't be heard any more.
    query_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'sallyport',
  });
  // An idle connection that breaks is replaced; without a listener it would end the process.
  pool.on('error', (err) => logger.warn({ err }, 'an idle database connection was lost'));
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
  return { dialect: new PostgresDialect({ pool }), close: () => (pool.ended ? Promise.resolve() : pool.end()) };
}

function describeAddress(url: string): string {
  try {
    const { hostname, port } = new URL(url);
    return `${hostname || 'the local socket'}:${port || '5432'}`;
  } catch {
    return 'the configured URL';
  }
}
