import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import { createAttemptLimiter } from './attempt-limiter.ts';
import { createReplayCache } from './replay-cache.ts';

describe('createAttemptLimiter', () => {
  it('allows so many attempts per key and window, then again', () => {
    const clock = createFakeClock();
    const limiter = createAttemptLimiter({ maxAttempts: 2, windowMs: 1_000, clock });
    expect([limiter.attempt('a'), limiter.attempt('a'), limiter.attempt('a')]).toEqual([true, true, false]);
    expect(limiter.attempt('b')).toBe(true);
    clock.advance(1_000);
    expect(limiter.attempt('a')).toBe(true);
  });

  it('forgets a key after a success', () => {
    const limiter = createAttemptLimiter({ maxAttempts: 1, windowMs: 1_000, clock: createFakeClock() });
    limiter.attempt('a');
    limiter.forget('a');
    expect(limiter.attempt('a')).toBe(true);
  });
});

describe('createReplayCache', () => {
  it('takes a key once within the window, also across the turn of generations', () => {
    const clock = createFakeClock();
    const cache = createReplayCache({ windowMs: 1_000, maxKeys: 10, clock });
    clock.advance(900);
    expect([cache.take('a'), cache.take('a')]).toEqual([true, false]);
    clock.advance(999);
    expect(cache.take('a')).toBe(false);
  });

  it('forgets after two windows, so that it stays bounded', () => {
    const clock = createFakeClock();
    const cache = createReplayCache({ windowMs: 1_000, maxKeys: 10, clock });
    cache.take('a');
    clock.advance(2_000);
    expect(cache.take('a')).toBe(true);
  });

  it('refuses when it is full, rather than forgetting early', () => {
    const cache = createReplayCache({ windowMs: 1_000, maxKeys: 4, clock: createFakeClock() });
    expect(['a', 'b', 'c'].map((key) => cache.take(key))).toEqual([true, true, false]);
    expect(cache.take('a')).toBe(false);
  });
});
