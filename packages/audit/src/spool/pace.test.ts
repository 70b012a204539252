import { describe, expect, it } from 'vitest';
import { createProcessLoad, restsAfterBatch } from './pace.ts';

describe('the pace of a drain', () => {
  for (const { name, load, filled, want } of [
    { name: 'goes on without a rest in a process that has time', load: 0.4, filled: 0, want: 0 },
    { name: 'takes a tenth of the time of a process that has none', load: 1, filled: 0, want: 9 },
    { name: 'rests less where the process is half busy', load: 0.65, filled: 0.01, want: 4.5 },
    { name: 'rests less the more waits', load: 1, filled: 3 / 64, want: 4.5 },
    { name: 'does not rest at all once a sixteenth of the spool is taken', load: 1, filled: 1 / 16, want: 0 },
    { name: 'nor beyond that', load: 1, filled: 0.9, want: 0 },
  ]) {
    it(name, () => expect(restsAfterBatch(load, filled)).toBeCloseTo(want, 6));
  }
});

describe('the load of a process', () => {
  it('is high while it computes, and low while it waits', async () => {
    // The event loop counts from its first turn on.
    await new Promise((resolve) => setTimeout(resolve, 5));
    const load = createProcessLoad();
    for (const until = performance.now() + 30; performance.now() < until; );
    expect(load()).toBeGreaterThan(0.9);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(load()).toBeLessThan(0.5);
  });
});
