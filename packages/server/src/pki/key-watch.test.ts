import { silentLogger } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { expect, it } from 'vitest';
import { KEY_LEASE_MS, KEY_POLL_MS } from './key-policies.ts';
import { watchKeys } from './key-watch.ts';

it('SEC-D29 is not fresh once the store has not answered for the length of the lease, and is again when it does', async () => {
  const clock = createFakeClock();
  const state = { isAway: false, looks: 0, errors: 0 };
  const roots = {
    async refresh() {
      state.looks += 1;
      if (state.isAway) throw new Error('away');
      return false;
    },
  };
  const error = () => {
    state.errors += 1;
  };
  const watch = watchKeys({ roots, clock, logger: { ...silentLogger, error } });
  await clock.advanceAsync(5 * KEY_POLL_MS);
  expect(state.looks).toBe(5);
  state.isAway = true;
  await clock.advanceAsync(KEY_LEASE_MS);
  expect(watch.isFresh()).toBe(true);
  await clock.advanceAsync(1);
  expect(watch.isFresh()).toBe(false);
  expect(state.errors).toBe(1);
  state.isAway = false;
  await clock.advanceAsync(KEY_POLL_MS);
  expect(watch.isFresh()).toBe(true);
  watch.close();
  expect(clock.pending).toBe(0);
});

it('is not fresh while the store hangs, without an error', async () => {
  const clock = createFakeClock();
  const watch = watchKeys({ roots: { refresh: () => new Promise(() => {}) }, clock, logger: silentLogger });
  await clock.advanceAsync(KEY_LEASE_MS + KEY_POLL_MS);
  expect(watch.isFresh()).toBe(false);
  watch.close();
});
