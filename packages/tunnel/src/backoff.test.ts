import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import { createBackoff } from './index.ts';

describe('a backoff', () => {
  it('doubles its bound from 0.5 s to 30 s', () => {
    const backoff = createBackoff({ random: () => 0.999_999, clock: createFakeClock() });
    const delays = Array.from({ length: 9 }, () => Math.round(backoff.nextDelayMs()));
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('SEC-D11 spreads 10,000 attempts evenly over the whole range', () => {
    let seed = 1;
    const random = () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return seed / 2 ** 32;
    };
    const buckets = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i += 1) {
      const bucket = Math.floor(createBackoff({ random }).nextDelayMs() / 50);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    for (const count of buckets) expect(Math.abs(count - 1000)).toBeLessThan(200);
  });

  it('starts small again after a minute up, and not after less', () => {
    const clock = createFakeClock();
    const backoff = createBackoff({ random: () => 0.5, clock });
    for (let i = 0; i < 8; i += 1) backoff.nextDelayMs();
    backoff.connected();
    clock.advance(59_999);
    backoff.disconnected();
    expect(backoff.nextDelayMs()).toBe(15_000);
    backoff.connected();
    clock.advance(60_000);
    backoff.disconnected();
    expect(backoff.nextDelayMs()).toBe(250);
  });
});
