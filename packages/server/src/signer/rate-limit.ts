import type { Clock } from '@sallyport/core';

/** A limit on how often something happens. */
export interface RateLimitOptions {
  /** In the long run. */
  readonly perSecond: number;
  /** At once, after a pause. */
  readonly burst: number;
}

/** Makes a limit; `take` says whether it may happen once more now. */
export function createRateLimit({ perSecond, burst }: RateLimitOptions, clock: Clock): { take(): boolean } {
  let left = burst;
  let at = clock.monotonicMs();
  return {
    take() {
      const now = clock.monotonicMs();
      left = Math.min(burst, left + ((now - at) / 1_000) * perSecond);
      at = now;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
