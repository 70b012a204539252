import type { AccessLimits, Clock } from '@sallyport/core';
import { createDemand, RATE_UNITS } from './demand.ts';
import type { SharedLimit } from './shares.ts';
import { type BucketRate, TokenBucket } from './token-bucket.ts';

/** The requests per second of one principal on one cluster. */
export interface RequestAllowance extends SharedLimit {
  /** Counts one request, or yields for how many milliseconds to wait. */
  take(): number | undefined;
  isIdle(): boolean;
}

/** Rate and burst that limits mean, or `undefined` where they don't limit requests. */
export function requestRate({ requestsPerSecond, burst }: AccessLimits): BucketRate | undefined {
  if (requestsPerSecond === undefined) return undefined;
  return { perSecond: requestsPerSecond, burst: burst ?? Math.max(1, Math.floor(2 * requestsPerSecond)) };
}

/** Makes an allowance of `rate` in all, of which {@link SharedLimit.apply} says this server's part. */
export function createRequestAllowance(key: string, rate: BucketRate, clock: Clock): RequestAllowance {
  const bucket = new TokenBucket(rate, clock.monotonicMs());
  const demand = createDemand(rate.perSecond, clock);
  return {
    key,
    total: RATE_UNITS,
    take() {
      demand.add(1);
      return bucket.take(clock.monotonicMs());
    },
    measure: () => demand.measure(),
    apply(amount) {
      const part = amount / RATE_UNITS;
      // Of less than one token nothing would ever become a whole one.
      const burst = part === 0 ? 0 : Math.max(1, part * rate.burst);
      bucket.setRate({ perSecond: part * rate.perSecond, burst }, clock.monotonicMs());
    },
    isIdle: () => demand.isQuiet() && bucket.isFull(clock.monotonicMs()),
  };
}
