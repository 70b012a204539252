import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../packages/server/src/stores/index.ts';
import { answerForever } from '../replicas/endless-upstream.ts';
import { type Replica, type Replicas, startReplicas } from '../replicas/harness.ts';
import { type Relay, startRelay } from '../security/relay.ts';
import type { Person } from '../stack/login.ts';
import { awaitCondition, lacks } from '../support/index.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { type Caller, createCaller, expectWholeLog } from './caller.ts';

// The relay is what an address that moves is elsewhere: a service of Kubernetes, a virtual address, a proxy.
describe.skipIf(lacks('postgresPrograms'))('a primary that is lost, and its standby in its place', () => {
  let primary: PostgresServer;
  let standby: PostgresServer;
  /** Follows the one that was promoted. */
  let second: PostgresServer;
  let address: Relay;
  let replicas: Replicas;
  let owner: Person;
  let caller: Caller;
  beforeAll(async () => {
    primary = await startPostgres();
    standby = await primary.startStandby();
    address = await startRelay(primary.port);
    replicas = await startReplicas({ postgresUrl: `postgres://postgres@127.0.0.1:${address.port}/postgres` });
    replicas.upstream.answer = answerForever;
    for (const replica of both()) await replicas.connectAgent(replica);
    owner = await replicas.logIn(replicas.a, 'owner');
    caller = await createCaller(replicas);
    await answered(200);
  }, 120_000);
  afterAll(async () => {
    caller?.close();
    await replicas?.close();
    await address?.close();
    for (const server of [second, standby, primary]) await server?.close();
  }, 120_000);

  const both = (): readonly Replica[] => [replicas.a, replicas.b];
  const answered = (status: number, how: (on: Replica) => Promise<number> = caller.list) =>
    Promise.all(
      both().map((replica) =>
        awaitCondition(async () => (await how(replica)) === status, {
          what: `${replica.name} answers ${status}`,
          timeoutMs: 60_000,
        }),
      ),
    );
  /** How often each job has changed hands. */
  async function epochs(): Promise<ReadonlyMap<string, number>> {
    const client = new pg.Client({ connectionString: replicas.databaseUrl });
    await client.connect();
    try {
      const { rows } = await client.query<{ name: string; epoch: string }>('select name, epoch from leases');
      return new Map(rows.map(({ name, epoch }) => [name, Number(epoch)]));
    } finally {
      await client.end();
    }
  }

  it('is followed: nothing that was promised is lost, leaders go on in order, and streams never notice', async () => {
    const streams = (await Promise.all(both().map((replica) => caller.openEach(replica, `f-${replica.name}`)))).flat();
    await answered(200, caller.remove);
    const led = await replicas.store.leases.acquire('a-job', 'before', 1);
    const before = await epochs();
    await primary.kill();
    address.turnTo(standby.port);
    await answered(503);
    // Still a standby: what it has may be old, so nothing is decided by it and nobody is led.
    await expect(replicas.store.changes.read()).rejects.toMatchObject({ code: 'ERR_STORE_STANDBY' });
    await expect(replicas.store.changes.head()).rejects.toMatchObject({ code: 'ERR_STORE_STANDBY' });
    expect(await Promise.all(both().map(caller.list))).toEqual([503, 503]);

    await standby.query(`select pg_promote()`);
    await answered(200);
    await answered(200, caller.remove);
    expect(streams.filter(({ isOpen }) => !isOpen)).toEqual([]);
    expect(await replicas.store.leases.acquire('a-job', 'after', 60_000)).toMatchObject({ epoch: 2 });
    if (led === undefined) throw new Error('a free lease was not given');
    await expect(replicas.store.transact((tx) => tx.holdLease(led))).rejects.toMatchObject({
      code: 'ERR_STORE_LEASE_LOST',
    });
    for (const [name, epoch] of await epochs()) expect(epoch, name).toBeGreaterThanOrEqual(before.get(name) ?? 1);
    caller.close();
    await Promise.all(streams.map(({ ended }) => ended));
    await expectWholeLog(replicas, owner, caller);
  }, 120_000);

  it('does not let a server begin on a standby', async () => {
    second = await standby.startStandby();
    const begun = openStore({ kind: 'postgres', url: second.url }, { encryptionKey: replicas.encryptionKey });
    await expect(begun).rejects.toMatchObject({
      code: 'ERR_STORE_STANDBY',
      nextStep: expect.stringContaining('primary'),
    });
  });
});
