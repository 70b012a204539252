import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { PgliteClient } from './client.ts';

interface PgliteConnection extends DatabaseConnection {
  free(): void;
}

/**
 * Kysely over the embedded database. It has one connection, so whoever acquires it waits for all before: a transaction keeps
 * others out until it ends, and one that queries outside of itself would wait for ever.
 */
export function createPgliteDialect(client: PgliteClient): Dialect {
  let tail: Promise<void> = Promise.resolve();

  async function acquire(): Promise<PgliteConnection> {
    let free = () => {};
    const before = tail;
    tail = new Promise((resolve) => {
      free = resolve;
    });
    await before;
    return {
      free,
      async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
        const { rows, affectedRows } = await client.query(query.sql, query.parameters);
        return { rows: rows as Row[], numAffectedRows: BigInt(affectedRows ?? 0) };
      },
      streamQuery() {
        throw new Error('the embedded database does not stream');
      },
    };
  }

  const run = async (connection: DatabaseConnection, statement: string) => {
    await connection.executeQuery(CompiledQuery.raw(statement));
  };
  return {
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createDriver: () => ({
      init: async () => {},
      acquireConnection: acquire,
      beginTransaction: (connection, settings) =>
        run(connection, settings.isolationLevel ? `begin isolation level ${settings.isolationLevel}` : 'begin'),
      commitTransaction: (connection) => run(connection, 'commit'),
      rollbackTransaction: (connection) => run(connection, 'rollback'),
      releaseConnection: async (connection) => (connection as PgliteConnection).free(),
      destroy: () => client.close(),
    }),
  };
}
