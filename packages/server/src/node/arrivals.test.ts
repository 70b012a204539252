import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import { createArrivals } from './arrivals.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('connections that arrive', () => {
  it('are let in at once while there are few', () => {
    const arrivals = createArrivals({ perTurn: 3, maxWaitMs: 1_000 });
    const started: number[] = [];
    for (let i = 0; i < 3; i++) arrivals.enter({ address: '192.0.2.1', start: () => started.push(i), drop() {} });
    expect(started).toEqual([0, 1, 2]);
  });

  it('SEC-D14 of one address keep another waiting for one of them only, and are let in a few per turn', async () => {
    const arrivals = createArrivals({ perTurn: 2, maxWaitMs: 1_000 });
    const started: string[] = [];
    const enter = (address: string) => arrivals.enter({ address, start: () => started.push(address), drop() {} });
    for (let i = 0; i < 1_000; i++) enter('192.0.2.1');
    // Addresses of one network of IPv6 are one.
    for (let i = 0; i < 1_000; i++) enter(`2001:db8::${i.toString(16)}`);
    enter('192.0.2.2');
    expect(started).toEqual(['192.0.2.1', '192.0.2.1']);
    await turn();
    expect(started.slice(2)).toEqual(['192.0.2.1', '2001:db8::0']);
    await turn();
    expect(started.slice(4)).toEqual(['192.0.2.2', '192.0.2.1']);
    while (started.length < 2_001) {
      const before = started.length;
      await turn();
      expect(started.length - before).toBeLessThanOrEqual(2);
    }
    expect(new Set(started).size).toBe(1_002);
  });

  it('SEC-D14 are dropped when they have waited for too long, without using up a turn', async () => {
    const clock = createFakeClock();
    const arrivals = createArrivals({ perTurn: 1, maxWaitMs: 1_000 }, clock);
    const told: string[] = [];
    const enter = (name: string) =>
      arrivals.enter({
        address: '192.0.2.1',
        start: () => void told.push(`${name} starts`),
        drop: () => void told.push(`${name} is dropped`),
      });
    enter('first');
    enter('second');
    enter('third');
    clock.advance(1_000);
    enter('fourth');
    await turn();
    expect(told).toEqual(['first starts', 'second is dropped', 'third is dropped', 'fourth starts']);
  });
});
