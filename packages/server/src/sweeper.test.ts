import { silentLogger } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { expect, it } from 'vitest';
import type { Transaction } from './stores/contracts.ts';
import { startSweeper } from './sweeper.ts';

it('sweeps at each interval, goes on after a failure, and stops', async () => {
  const clock = createFakeClock();
  const swept: Date[] = [];
  const batches = [1_000, 2];
  const sweeper = startSweeper({
    store: {
      oauth: {
        sweep: async (at) => {
          swept.push(at);
          if (swept.length === 1) throw new Error('away');
          return 0;
        },
      },
      transact: (work) => work({ deleteExpired: async () => batches.shift() ?? 0 } as Transaction),
      leases: {
        acquire: async (name, holder, ttlMs) => ({ name, holder, epoch: 1, expiresAt: new Date(clock.now() + ttlMs) }),
        release: async () => {},
      },
    },
    holder: 'a',
    clock,
    logger: silentLogger,
  });
  await clock.advanceAsync(1_200_000);
  expect(batches).toEqual([]);
  expect(swept.map((at) => at.getTime() - (swept[0]?.getTime() ?? 0))).toEqual([0, 600_000]);
  await sweeper.close();
  await clock.advanceAsync(1_200_000);
  expect(swept).toHaveLength(2);
  expect(clock.pending).toBe(0);
});
