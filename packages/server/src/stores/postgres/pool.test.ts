import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRenewingPool } from './pool.ts';

const serverUrl = process.env['SALLYPORT_TEST_POSTGRES_URL'];

describe.skipIf(serverUrl === undefined)('the pool of connections to PostgreSQL', () => {
  let pool: pg.Pool;
  let db: Kysely<unknown>;
  beforeEach(() => {
    pool = new pg.Pool({ connectionString: serverUrl, max: 3, query_timeout: 300 });
    // Ended by a test, from the other side.
    pool.on('error', () => {});
    db = new Kysely({ dialect: new PostgresDialect({ pool: createRenewingPool(pool) }) });
  });
  afterEach(() => db.destroy());

  const processId = async (on: Kysely<unknown> = db) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(on);
    return rows[0]?.pid;
  };
  /** Process ids of three connections at once. */
  const processIds = () =>
    Promise.all(
      [1, 2, 3].map(() =>
        db.connection().execute(async (own) => {
          await sql`select pg_sleep(0.05)`.execute(own);
          return processId(own);
        }),
      ),
    );

  it('keeps connections on which the database said no', async () => {
    const before = await processId();
    await expect(sql`select 1 / 0`.execute(db)).rejects.toMatchObject({ code: '22012' });
    expect(await processId()).toBe(before);
  });

  it('gives up every connection as old as one whose statement got no answer in time', async () => {
    const before = await processIds();
    expect(new Set(before).size).toBe(3);
    await expect(sql`select pg_sleep(5)`.execute(db)).rejects.toThrow('Query read timeout');
    const after = await processIds();
    expect(new Set(after).size).toBe(3);
    for (const pid of after) expect(before).not.toContain(pid);
  });

  it('sends nothing more, not even a rollback, on a connection without an answer', async () => {
    const sent = vi.spyOn(pg.Client.prototype, 'query');
    const work = db.transaction().execute(async (tx) => {
      await sql`select pg_sleep(5)`.execute(tx);
    });
    await expect(work).rejects.toThrow('Query read timeout');
    const statements = sent.mock.calls.map(([statement]) => String(statement));
    sent.mockRestore();
    expect(statements).toEqual(['begin', 'select pg_sleep(5)']);
    expect(await processId()).toBeTypeOf('number');
  });
});
