import type { Client } from 'pg';
import { CHANGE_CHANNEL, HEAD_STATEMENT, type HeadRow, headOf } from '../change-feed.ts';
import { StoreError } from '../errors.ts';

/** How long the feed's connection may take to open, and for an answer. As long as the freshness lease of a snapshot. */
const FEED_TIMEOUT_MS = 2_000;

/** The change feed of a PostgreSQL database, over a connection of its own. */
export interface PostgresFeed {
  /**
   * Number of the last change: the heartbeat. Opens the connection when there is none, and gives up one that does not
   * answer within 2 s, so that whoever asks regularly hears of changes again as soon as the database is back.
   */
  head(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Listens for changes on a direct connection, outside of the pool: a pooled one would come and go, and the heartbeat must not
 * wait behind slow statements.
 */
export function createPostgresFeed(url: string, onChange: (seq: number) => void): PostgresFeed {
  let connection: Promise<Client> | undefined;
  let closed: StoreError | undefined;

  function connected(): Promise<Client> {
    if (connection !== undefined) return connection;
    const opening = connect(() => forget(opening));
    connection = opening;
    opening.catch(() => forget(opening));
    return opening;
  }

  async function connect(onLost: () => void): Promise<Client> {
    const { default: pg } = await import('pg');
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: FEED_TIMEOUT_MS,
      statement_timeout: FEED_TIMEOUT_MS,
      query_timeout: FEED_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'sallyport change feed',
    });
    // A statement under way rejects with the error too; the next one finds no connection and opens another.
    client.on('error', onLost);
    client.on('end', onLost);
    client.on('notification', ({ payload }) => onChange(Number(payload)));
    try {
      await client.connect();
      await client.query(`listen ${CHANGE_CHANNEL}`);
    } catch (error) {
      void client.end();
      throw error;
    }
    return client;
  }

  function forget(broken: Promise<Client>): void {
    if (connection === broken) connection = undefined;
  }

  return {
    async head() {
      if (closed !== undefined) throw closed;
      const current = connected();
      const client = await current;
      try {
        const { rows } = await client.query<HeadRow>(HEAD_STATEMENT);
        return headOf(rows[0]);
      } catch (error) {
        forget(current);
        // With a statement under way this cuts the connection, instead of waiting for an answer.
        void client.end();
        throw error;
      }
    },
    async close() {
      closed ??= new StoreError({ code: 'ERR_STORE_CLOSED', message: 'the store is closed' });
      const open = connection;
      connection = undefined;
      await open?.then(
        (client) => client.end(),
        () => {},
      );
    },
  };
}
