import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createId, Secret } from '@sallyport/core';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
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
    await stores[0]?.transact((tx) => tx.putOrganization(organization));
    for (const store of stores) expect((await store.changes.read()).records.organizations).toEqual([expect.objectContaining(organization)]);
  });

  it('SEC-H13 refuses a schema that a newer version made', async () => {
    const location = await aDatabase();
    const database = await openDatabase(location, { encryptionKey });
    await sql`insert into kysely_migration (name, timestamp) values ('9999-from-the-future', '')`.execute(database.db);
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
      await tx.putOrganization({ id: organizationId, name: 'acme' });
      await tx.putCluster({ id: clusterId, organizationId, name: 'production', labels: {} });
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
});
