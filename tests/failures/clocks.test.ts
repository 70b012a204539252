import { randomBytes } from 'node:crypto';
import { type Clock, Secret, systemClock } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../packages/server/src/stores/index.ts';
import { createPostgresDatabase } from '../../packages/server/src/stores/testing.ts';
import { awaitCondition, lacks, part } from '../support/index.ts';

const SKEW_MS = 5 * 60_000;

/** A clock that shows another time and goes at the same pace. */
const ahead = (ms: number): Clock => ({ ...systemClock, now: () => systemClock.now() + ms });

describe.skipIf(lacks('postgres'))('leases of servers whose clocks differ by five minutes', () => {
  let drop: () => Promise<void>;
  const stores = {} as Record<'right' | 'ahead' | 'behind', Store>;
  beforeAll(async () => {
    const database = await createPostgresDatabase(part('postgres'));
    drop = database.drop;
    const encryptionKey = new Secret(randomBytes(32));
    for (const [name, ms] of [
      ['right', 0],
      ['ahead', SKEW_MS],
      ['behind', -SKEW_MS],
    ] as const) {
      stores[name] = await openStore({ kind: 'postgres', url: database.url }, { encryptionKey, clock: ahead(ms) });
    }
  }, 60_000);
  afterAll(async () => {
    for (const store of Object.values(stores)) await store.close();
    await drop?.();
  });

  for (const [holder, taker] of [
    ['right', 'ahead'],
    ['ahead', 'right'],
    ['behind', 'ahead'],
    ['ahead', 'behind'],
  ] as const) {
    it(`are kept from the one ${taker} while the one ${holder} lives, and given soon after it is gone`, async () => {
      const job = `${holder}-${taker}`;
      expect(await stores[holder].leases.acquire(job, holder, 60_000)).toMatchObject({ epoch: 1 });
      expect(await stores[taker].leases.acquire(job, taker, 60_000)).toBeUndefined();
      // Prolonged once more, for no longer than it takes to look.
      expect(await stores[holder].leases.acquire(job, holder, 100)).toMatchObject({ epoch: 1 });
      const taken = await awaitCondition(() => stores[taker].leases.acquire(job, taker, 60_000), {
        what: 'the lease is over',
        timeoutMs: 5_000,
      });
      expect(taken).toMatchObject({ holder: taker, epoch: 2 });
    });
  }
});
