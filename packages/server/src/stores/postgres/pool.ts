import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type { Pool, PoolClient } from 'pg';

/** Options of {@link createRenewingPool}. */
export interface RenewingPoolOptions {
  /**
   * Statement that is sent along with the beginning of each transaction, for settings that hold no longer than that. Absent:
   * settings are of the connections themselves.
   */
  readonly settings?: string;
}

/**
 * Keeps broken connections out of a pool of pg. There, a statement that ran into its time limit leaves its connection behind
 * as if it were free, although the answer is still to come; and after the server went away without a word, every connection
 * at rest would be found out one time limit after the other. Here, a connection on which a statement failed without the
 * database's own word for it takes no further statement and is closed when it comes back, and with it every connection that
 * is as old.
 */
export function createRenewingPool(pool: Pool, { settings }: RenewingPoolOptions = {}): PostgresPool {
  const generations = new WeakMap<PoolClient, number>();
  let generation = 0;

  function lease(client: PoolClient): PostgresPoolClient {
    const born = generations.get(client) ?? generation;
    generations.set(client, born);
    let fault: Error | undefined;
    const query = async (...parameters: unknown[]) => {
      if (fault !== undefined) throw fault;
      try {
        return await Reflect.apply(client.query, client, withSettings(parameters));
      } catch (error) {
        if (!isAnswer(error)) {
          fault = error instanceof Error ? error : new Error('the connection failed', { cause: error });
          generation = Math.max(generation, born + 1);
        }
        throw error;
      }
    };
    return {
      query: query as PostgresPoolClient['query'],
      release: () => client.release(born < generation),
    };
  }

  function withSettings([statement, ...values]: readonly unknown[]): readonly unknown[] {
    const isBeginning = typeof statement === 'string' && /^(?:begin|start transaction)\b/.test(statement);
    return [settings !== undefined && isBeginning ? `${statement}; ${settings}` : statement, ...values];
  }

  return {
    async connect() {
      for (;;) {
        const client = await pool.connect();
        if ((generations.get(client) ?? generation) === generation) return lease(client);
        client.release(true);
      }
    },
    end: () => pool.end(),
  };
}

/** Whether the database itself said no to a statement, and stays; anything else happened to the connection. */
function isAnswer(error: unknown): boolean {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  // 25006: a standby, and no connection to it will ever take a write.
  return typeof severity === 'string' && typeof code === 'string' && !/^(?:08|57P|25P03|25006)/.test(code);
}
