import { silentLogger } from '@sallyport/core';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSingleRunner } from './single-runner.ts';
import { type TestStore, testDatabases } from './stores/testing.ts';

describe.each(testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL']))('a single-runner job on $name', (database) => {
  let clock: FakeClock;
  let test: TestStore;
  beforeEach(async () => {
    clock = createFakeClock();
    test = await database.open({ clock });
  });
  afterEach(() => test.drop());

  /** A server that notes its runs. */
  function aServer(holder: string) {
    const epochs: number[] = [];
    const job = startSingleRunner({
      name: 'job',
      holder,
      leases: test.store.leases,
      intervalMs: 10_000,
      clock,
      logger: silentLogger,
      run: async ({ epoch }) => void epochs.push(epoch),
    });
    return { epochs, close: () => job.close() };
  }
  const runs = async (...servers: { readonly epochs: number[] }[]) => servers.map(({ epochs }) => epochs.length);

  it('runs on one server, and on the next one when that closes', async () => {
    const a = aServer('a');
    const b = aServer('b');
    clock.advance(10_000);
    await expect.poll(() => runs(a, b)).toEqual([1, 0]);
    await expect.poll(() => clock.pending).toBe(2);
    await a.close();
    clock.advance(10_000);
    await expect.poll(() => b.epochs).toEqual([2]);
    expect(a.epochs).toEqual([1]);
    await b.close();
    expect(clock.pending).toBe(0);
  });

  it('SEC-D29 goes over to another server when its holder is silent for the length of the lease', async () => {
    await test.store.leases.acquire('job', 'dead', 60_000);
    const b = aServer('b');
    for (let i = 0; i < 5; i++) {
      clock.advance(10_000);
      await expect.poll(() => clock.pending).toBe(1);
    }
    expect(b.epochs).toEqual([]);
    clock.advance(10_000);
    await expect.poll(() => b.epochs).toEqual([2]);
    await b.close();
  });

  it('keeps a former holder from writing, and a taker from coming in between', async () => {
    const first = await test.store.leases.acquire('job', 'a', 1_000);
    if (first === undefined) throw new Error('a free lease was not given');
    clock.advance(999);
    expect(await test.store.leases.acquire('job', 'b', 1_000)).toBeUndefined();
    clock.advance(1);
    expect(await test.store.leases.acquire('job', 'b', 1_000)).toMatchObject({ holder: 'b', epoch: 2 });
    await expect(test.store.transact((tx) => tx.holdLease(first))).rejects.toMatchObject({
      code: 'ERR_STORE_LEASE_LOST',
      message: 'lease job is at epoch 2 with another server, ours was 1',
    });
    await test.store.leases.release(first);
    expect(await test.store.leases.acquire('job', 'c', 1_000)).toBeUndefined();
  });
});
