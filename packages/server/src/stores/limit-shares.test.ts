import { createId } from '@sallyport/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from './contracts.ts';
import { type TestStore, testDatabases } from './testing.ts';

const LEASE_MS = 60_000;
const KEY = 'prn_1 cls_1 requests 10 20';

for (const database of testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL'])) {
  describe(`shares of limits on ${database.name}`, () => {
    let opened: TestStore;
    let store: Store;
    const [a, b, c] = [createId('replica'), createId('replica'), createId('replica')].sort();
    if (a === undefined || b === undefined || c === undefined) throw new Error('three ids are three');

    beforeEach(async () => {
      opened = await database.open();
      store = opened.store;
    });
    afterEach(() => opened.drop());

    const ask = (want: number, keep = 0) => [{ key: KEY, total: 100, keep, want }];
    const amountOf = async (replica: typeof a, want: number, ttlMs = LEASE_MS) =>
      (await store.limitShares.renew(replica, ttlMs, ask(want), [])).grants.get(KEY)?.amount;

    it('go by demand, grow only as others shrink, and count who has asked', async () => {
      expect(await store.limitShares.renew(a, LEASE_MS, ask(50, 10), [])).toEqual({
        replicaCount: 1,
        grants: new Map([[KEY, { amount: 100, keptElsewhere: 0 }]]),
      });
      expect(await store.limitShares.renew(b, LEASE_MS, ask(150), [])).toEqual({
        replicaCount: 2,
        grants: new Map([[KEY, { amount: 0, keptElsewhere: 10 }]]),
      });
      expect(await amountOf(a, 50)).toBe(25);
      expect(await amountOf(b, 150)).toBe(75);
      expect(await amountOf(a, 50)).toBe(25);
    });

    it('of other keys, and of none, are apart', async () => {
      await amountOf(a, 50);
      const other = { key: 'other', total: 7, keep: 0, want: 1 };
      const { grants } = await store.limitShares.renew(b, LEASE_MS, [other], []);
      expect(grants).toEqual(new Map([['other', { amount: 7, keptElsewhere: 0 }]]));
      expect(await store.limitShares.renew(c, LEASE_MS, [], [])).toEqual({ replicaCount: 3, grants: new Map() });
    });

    it('are free again when they are given back, one or all', async () => {
      await amountOf(a, 50);
      await store.limitShares.renew(a, LEASE_MS, [], [KEY]);
      expect(await amountOf(b, 1)).toBe(100);
      await store.limitShares.leave(b);
      expect(await store.limitShares.renew(c, LEASE_MS, ask(1), [])).toMatchObject({ replicaCount: 2 });
      expect(await amountOf(c, 1)).toBe(100);
    });

    it('SEC-D28 of a server that is gone are free when its lease ends, by the clock of the database', async () => {
      await amountOf(a, 50, -1);
      expect(await store.limitShares.renew(b, LEASE_MS, ask(1), [])).toEqual({
        replicaCount: 1,
        grants: new Map([[KEY, { amount: 100, keptElsewhere: 0 }]]),
      });
      expect(await opened.db.selectFrom('limit_shares').select('replica_id').execute()).toEqual([{ replica_id: b }]);
    });

    it('SEC-D28 are never more than the limit, however many servers ask at once', async () => {
      const stores = [store, ...(opened.openAnother === undefined ? [] : [await opened.openAnother()])];
      const replicas = Array.from({ length: 6 }, () => createId('replica'));
      try {
        const renew = async (replica: (typeof replicas)[number], i: number, round: number) =>
          stores[i % stores.length]?.limitShares.renew(replica, LEASE_MS, ask(round * (i + 1)), []);
        const sumOf = async () => {
          const rows = await opened.db.selectFrom('limit_shares').select('amount').execute();
          return rows.reduce((added, { amount }) => added + Number(amount), 0);
        };
        for (let round = 1; round <= 4; round++) {
          await Promise.all(replicas.map((replica, i) => renew(replica, i, round)));
          expect(await sumOf()).toBeLessThanOrEqual(100);
        }
        // What one gives back is for whoever asks next: all of it is taken once each has asked after the others.
        for (let pass = 0; pass < 2; pass++) for (const [i, replica] of replicas.entries()) await renew(replica, i, 4);
        expect(await sumOf()).toBe(100);
      } finally {
        for (const another of stores.slice(1)) await another.close();
      }
    });

    it('of ten thousand limits are one renewal', async () => {
      const asks = Array.from({ length: 10_000 }, (_, i) => ({ key: `limit ${i}`, total: 10, keep: 1, want: 2 }));
      const { grants } = await store.limitShares.renew(a, LEASE_MS, asks, []);
      expect(grants.size).toBe(10_000);
      expect((await store.limitShares.renew(b, LEASE_MS, asks.slice(0, 3), [])).grants.get('limit 1')).toEqual({
        amount: 0,
        keptElsewhere: 1,
      });
    });
  });
}
