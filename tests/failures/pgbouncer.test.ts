import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createId, Secret } from '@sallyport/core';
import { createServer, developmentConfig } from '@sallyport/server';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store, type StoreLocation } from '../../packages/server/src/stores/index.ts';
import { openDatabase } from '../../packages/server/src/stores/open-store.ts';
import { createPostgresDatabase } from '../../packages/server/src/stores/testing.ts';
import { putCluster, putOrganization } from '../../packages/server/src/testing/writes.ts';
import { awaitCondition, freePort, lacks, type Program, part, start, temporaryFolder } from '../support/index.ts';

const encryptionKey = new Secret(randomBytes(32));

describe.skipIf(lacks('postgres', 'pgbouncer'))('PgBouncer before the database, one transaction at a time', () => {
  const folder = temporaryFolder('pgbouncer');
  const programs: Program[] = [];
  const stores: Store[] = [];
  let database: { readonly url: string; drop(): Promise<void> };
  let pooled: StoreLocation & { readonly kind: 'postgres' };
  beforeAll(async () => {
    database = await createPostgresDatabase(part('postgres'));
    pooled = { kind: 'postgres', url: await startPgbouncer('strict'), directUrl: database.url };
  });
  afterAll(async () => {
    for (const store of stores) await store.close();
    for (const program of programs) await program.stop({ signal: 'SIGINT' });
    await database?.drop();
  });

  /** Starts one with fewer connections than two servers ask for; yields the address of the database by it. */
  async function startPgbouncer(name: string, settings = ''): Promise<string> {
    const [port, { hostname, port: databasePort, username, pathname }] = [await freePort(), new URL(database.url)];
    const path = join(folder, `${name}.ini`);
    writeFileSync(
      path,
      `[databases]
* = host=${hostname} port=${databasePort || 5432} user=${username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
${settings}
`,
    );
    // It does not run as root, and reads its settings as somebody else.
    chmodSync(folder, 0o755);
    const program = start(part('pgbouncer'), [...(process.getuid?.() === 0 ? ['-u', 'nobody'] : []), path]);
    programs.push(program);
    await program.saw(/process up/, { in: 'stderr' });
    return `postgres://${username}@127.0.0.1:${port}${pathname}`;
  }

  const open = async (location: StoreLocation = pooled) => {
    const store = await openStore(location, { encryptionKey });
    stores.push(store);
    return store;
  };

  it('is told apart from the database itself, whether it refuses settings of a session or forgets them', async () => {
    const forgetful = await startPgbouncer(
      'forgetful',
      'ignore_startup_parameters = statement_timeout, idle_in_transaction_session_timeout',
    );
    for (const url of [pooled.url, forgetful]) {
      await expect(open({ kind: 'postgres', url })).rejects.toMatchObject({
        code: 'ERR_STORE_POOLED',
        message: `what answers at ${new URL(url).host} shares its connections to PostgreSQL`,
        nextStep: expect.stringContaining('databaseDirectUrlFile'),
      });
      // Nor is it the database when it is said to be.
      await expect(open({ kind: 'postgres', url: pooled.url, directUrl: url })).rejects.toMatchObject({
        code: 'ERR_STORE_POOLED',
      });
    }
  });

  it('SEC-D16 carries transactions of two servers, and each hears at once of what the other changed', async () => {
    const [a, b] = [await open(), await open()];
    const organizationId = createId('organization');
    const clusterId = createId('cluster');
    const told: number[] = [];
    b.changes.watch((seq) => told.push(seq));
    const before = await b.changes.head();
    await a.transact(async (tx) => {
      await putOrganization(tx, { id: organizationId, name: 'acme' });
      await putCluster(tx, { id: clusterId, organizationId, name: 'production', labels: {} });
    });
    await awaitCondition(() => told.includes(before + 1), { what: 'b is told', everyMs: 5 });
    for (let round = 0; round < 20; round++) {
      const { token } = await a.transact((tx) => tx.issueJoinToken(clusterId, 60_000));
      const outcomes = await Promise.all(
        [a, b, a, b, a, b, a, b].map((store) => store.transact((tx) => tx.redeemJoinToken(token.reveal()))),
      );
      expect(outcomes.filter((outcome) => 'clusterId' in outcome)).toHaveLength(1);
    }
  });

  it('is given time limits with each transaction, which nobody else finds on a connection', async () => {
    const { db, close } = await openDatabase(pooled, { encryptionKey });
    try {
      const ask = async (on: typeof db) => {
        const { rows } = await sql<Record<'statement' | 'idle' | 'jit', string>>`
          select current_setting('statement_timeout') as statement,
            current_setting('idle_in_transaction_session_timeout') as idle, current_setting('jit') as jit`.execute(on);
        return rows[0];
      };
      const limited = { statement: '15s', idle: '5s', jit: 'off' };
      expect(await db.transaction().execute(ask)).toEqual(limited);
      expect(await db.transaction().setIsolationLevel('repeatable read').execute(ask)).toEqual(limited);
      expect(await ask(db)).toMatchObject({ statement: '0', idle: '0' });
    } finally {
      await close();
    }
  });

  it('serves a whole server', async () => {
    const { url, directUrl = '' } = pooled;
    const server = await createServer({
      config: developmentConfig({
        stateDir: join(folder, 'state'),
        encryptionKey,
        databaseUrl: new Secret(url),
        databaseDirectUrl: new Secret(directUrl),
      }),
    });
    try {
      const { clusterId } = await server.registerCluster('by-pgbouncer');
      expect(server.health(clusterId).state).toBe('disconnected');
    } finally {
      await server.close();
    }
  }, 120_000);
});
