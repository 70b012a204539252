import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createId, Secret } from '@sallyport/core';
import { sql } from 'kysely';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { putCluster, putOrganization } from '../../testing/writes.ts';
import { openDatabase, openStore } from '../open-store.ts';
import { createPostgresDatabase } from '../testing.ts';

const encryptionKey = new Secret(randomBytes(32));

/** A loopback port that nothing listens on. */
async function aFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

it('says where PostgreSQL can not be reached, without the password', async () => {
  const port = await aFreePort();
  const url = `postgres://sallyport:canary-password@127.0.0.1:${port}/sallyport`;
  const error = await openStore({ kind: 'postgres', url }, { encryptionKey }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: 'ERR_STORE_UNREACHABLE',
    message: `PostgreSQL at 127.0.0.1:${port} can't be used`,
    nextStep: expect.stringContaining('Check'),
  });
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('canary-password');
});

const serverUrl = process.env['SALLYPORT_TEST_POSTGRES_URL'];
describe.skipIf(serverUrl === undefined)('the store on PostgreSQL', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const aDatabase = async () => {
    const { url, drop } = await createPostgresDatabase(serverUrl ?? '');
    closing.push(drop);
    return { kind: 'postgres', url } as const;
  };

  it('SEC-H13 is migrated by one of many replicas that start at once', async () => {
    const location = await aDatabase();
    const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(location, { encryptionKey })));
    for (const store of stores) closing.push(() => store.close());
    const organization = { id: createId('organization'), name: 'acme' };
    await stores[0]?.transact((tx) => putOrganization(tx, organization));
    for (const store of stores)
      expect((await store.changes.read()).records.organizations).toEqual([expect.objectContaining(organization)]);
  });

  it('SEC-H13 refuses a schema that a newer version made', async () => {
    const location = await aDatabase();
    const database = await openDatabase(location, { encryptionKey });
    await sql`insert into kysely_migration (name, timestamp) values ('9999-from-the-future', '')`.execute(database.db);
    await sql`update settings set value = '0.2.0' where name = 'schemaVersion'`.execute(database.db);
    await database.close();
    await expect(openStore(location, { encryptionKey })).rejects.toMatchObject({
      code: 'ERR_STORE_MIGRATION',
      nextStep: expect.stringContaining('newer'),
    });
  });

  it('SEC-D16 lets one of two servers use a join token, and shows each what the other changed', async () => {
    const location = await aDatabase();
    const [a, b] = await Promise.all([openStore(location, { encryptionKey }), openStore(location, { encryptionKey })]);
    closing.push(
      () => a.close(),
      () => b.close(),
    );
    const organizationId = createId('organization');
    const clusterId = createId('cluster');
    await a.transact(async (tx) => {
      await putOrganization(tx, { id: organizationId, name: 'acme' });
      await putCluster(tx, { id: clusterId, organizationId, name: 'production', labels: {} });
    });
    expect(await b.changes.head()).toBe(1);
    for (let round = 0; round < 50; round++) {
      const { token } = await a.transact((tx) => tx.issueJoinToken(clusterId, 60_000));
      const outcomes = await Promise.all(
        [a, b, a, b].map((store) => store.transact((tx) => tx.redeemJoinToken(token.reveal()))),
      );
      expect(outcomes.filter((outcome) => 'clusterId' in outcome)).toHaveLength(1);
    }
  });

  it('tells another server of a change, and again after the connection that listens was lost', async () => {
    const location = await aDatabase();
    const [a, b] = [await openStore(location, { encryptionKey }), await openStore(location, { encryptionKey })];
    const database = await openDatabase(location, { encryptionKey });
    closing.push(
      () => a.close(),
      () => b.close(),
      () => database.close(),
    );
    const told: number[] = [];
    b.changes.watch((seq) => told.push(seq));
    const change = () =>
      a.transact((tx) => putOrganization(tx, { id: createId('organization'), name: createId('role') }));
    // Asking for the head is what connects.
    expect(await b.changes.head()).toBe(0);
    await change();
    await vi.waitFor(() => expect(told).toEqual([1]));

    const { rows } = await sql<{ ended: boolean }>`
      select pg_terminate_backend(pid) as ended from pg_stat_activity
      where datname = current_database() and application_name = 'sallyport change feed'`.execute(database.db);
    expect(rows).toContainEqual({ ended: true });
    await change();
    await vi.waitFor(async () => expect(await b.changes.head()).toBe(2));
    await change();
    await vi.waitFor(() => expect(told).toContain(3));
    expect(told).not.toContain(2);
  });

  it('closes although the server has gone away without a word', async () => {
    const location = await aDatabase();
    const relay = await startSilencer(Number(new URL(location.url).port || 5432));
    closing.push(() => relay.close());
    const url = new URL(location.url);
    url.host = `127.0.0.1:${relay.port}`;
    const store = await openStore({ kind: 'postgres', url: url.href }, { encryptionKey });
    await store.changes.head();
    relay.silence();
    await expect(store.changes.head()).rejects.toMatchObject({ code: 'ERR_STORE_UNREACHABLE' });
    await store.close();
    await expect(store.changes.head()).rejects.toMatchObject({ code: 'ERR_STORE_CLOSED' });
  });

  it('does not wait for ever for a server that went away in the middle of a transaction', async () => {
    const location = await aDatabase();
    const relay = await startSilencer(Number(new URL(location.url).port || 5432));
    const url = new URL(location.url);
    url.host = `127.0.0.1:${relay.port}`;
    const [a, b] = [
      await openStore({ kind: 'postgres', url: url.href }, { encryptionKey }),
      await openStore(location, { encryptionKey }),
    ];
    closing.push(
      () => a.close(),
      () => b.close(),
    );
    const organization = { id: createId('organization'), name: 'acme' };
    await b.transact((tx) => putOrganization(tx, organization));
    let come = () => {};
    const away = new Promise<void>((resolve) => {
      come = resolve;
    });
    let isLocked = false;
    const lost = a.transact(async (tx) => {
      await tx.lockOrganization(organization.id);
      relay.silence();
      isLocked = true;
      await away;
    });
    const outcome = lost.catch((error: unknown) => error);
    await vi.waitFor(() => expect(isLocked).toBe(true));
    await b.transact((tx) => tx.lockOrganization(organization.id));
    await relay.close();
    come();
    expect(await outcome).toMatchObject({ code: 'ERR_STORE_UNREACHABLE' });
  });
});

/** A relay to a loopback port that can stop passing bytes on without closing anything. */
async function startSilencer(targetPort: number) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1');
    near.pipe(far);
    far.pipe(near);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    silence() {
      for (const socket of sockets) socket.unpipe();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
