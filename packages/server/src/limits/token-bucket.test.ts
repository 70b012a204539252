import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

const rates = fc.record({
  perSecond: fc.oneof(fc.integer({ min: 1, max: 500 }), fc.double({ min: 0.1, max: 500, noNaN: true })),
  burst: fc.integer({ min: 1, max: 100 }),
});
/** Pauses between attempts, in milliseconds. */
const pauses = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 400, noNaN: true })), {
  minLength: 1,
  maxLength: 300,
});

describe('a token bucket', () => {
  it('lets through a burst, then so many each second', () => {
    const bucket = new TokenBucket({ perSecond: 2, burst: 3 }, 0);
    const taken = (atMs: number) => bucket.take(atMs) === undefined;
    expect([taken(0), taken(0), taken(0), taken(0)]).toEqual([true, true, true, false]);
    expect([taken(499), taken(500), taken(500)]).toEqual([false, true, false]);
    expect([taken(60_000), taken(60_000), taken(60_000), taken(60_000)]).toEqual([true, true, true, false]);
  });

  it('never lets more through than rate and time allow, in any span', () => {
    fc.assert(
      fc.property(rates, pauses, (rate, gaps) => {
        const bucket = new TokenBucket(rate, 0);
        const taken: number[] = [];
        let atMs = 0;
        for (const gap of gaps) {
          atMs += gap;
          if (bucket.take(atMs) === undefined) taken.push(atMs);
        }
        taken.forEach((from, first) => {
          taken.slice(first).forEach((to, further) => {
            expect(further + 1).toBeLessThanOrEqual(rate.burst + ((to - from) / 1_000) * rate.perSecond + 1e-6);
          });
        });
      }),
      { numRuns: 200 },
    );
  });

  it('lets everybody through who comes when they were told to, whoever was told before', () => {
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 60 }), (rate, waiting) => {
        const bucket = new TokenBucket(rate, 0);
        for (let i = 0; i < rate.burst; i++) bucket.take(0);
        const waits = Array.from({ length: waiting }, () => bucket.take(0) ?? 0);
        fc.pre(waits.every((wait) => wait < 30_000));
        expect(new Set(waits).size).toBe(waiting);
        for (const wait of waits) expect(bucket.take(wait)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  it('says no wait beyond half a minute, however many wait, and nobody is shut out by them', () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 1 }, 0);
    bucket.take(0);
    for (let i = 0; i < 10_000; i++) expect(bucket.take(0)).toBeLessThanOrEqual(30_000);
    expect(bucket.take(1_000)).toBeUndefined();
  });

  it('is exact to the millisecond after a hundred million tokens at an odd rate', () => {
    const perSecond = 1_000 / 3;
    const bucket = new TokenBucket({ perSecond, burst: 1 }, 0);
    bucket.take(0);
    // Always busy, never full: the anchor stays where it is.
    bucket.spend(99_999_998, 0);
    expect(bucket.take(299_999_996.9)).toBeGreaterThan(0);
    expect(bucket.take(299_999_997)).toBeUndefined();
  });

  it('keeps what it has at another rate, as far as it fits, and fills no debt', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 10 }, 0);
    bucket.setRate({ perSecond: 1, burst: 4 }, 0);
    expect(bucket.level(0)).toBe(4);
    bucket.setRate({ perSecond: 10, burst: 10 }, 0);
    expect(bucket.level(0)).toBe(4);
    bucket.spend(24, 0);
    bucket.setRate({ perSecond: 10, burst: 100 }, 0);
    expect(bucket.level(1_000)).toBe(-10);
    expect(bucket.untilSomeMs(1_000)).toBe(1_001);
    expect(bucket.level(2_001)).toBeGreaterThan(0);
  });

  it('gives nothing, and promises nothing, at no rate', () => {
    const bucket = new TokenBucket({ perSecond: 0, burst: 0 }, 0);
    expect(bucket.take(1e9)).toBe(30_000);
    expect(bucket.untilSomeMs(1e9)).toBe(Number.POSITIVE_INFINITY);
  });
});
