import type { Clock } from '@sallyport/core';
import { QUIET_MS } from './demand.ts';
import type { ShareAsk } from './share-plan.ts';
import type { SharedLimit } from './shares.ts';

/** Streams of one principal on one cluster that are open on this server, whatever limit each was opened under. */
export interface StreamCount {
  open: number;
}

/** A limit on streams that are open at one time. */
export interface StreamAllowance extends SharedLimit {
  /**
   * Whether one more may be opened. `full`: no, and none will until one of them ends. `moving`: not yet, since places that this
   * server could use are still with others.
   */
  ask(): 'free' | 'full' | 'moving';
  isIdle(): boolean;
}

/** Makes an allowance of `limit` streams in all. Streams beyond a limit that was lowered stay; they count. */
export function createStreamAllowance(key: string, limit: number, count: StreamCount, clock: Clock): StreamAllowance {
  let askedMs = clock.monotonicMs();
  let places = limit;
  let elsewhere = 0;
  let refused = 0;
  return {
    key,
    total: limit,
    ask() {
      askedMs = clock.monotonicMs();
      if (count.open < places) return 'free';
      refused += 1;
      return count.open + elsewhere >= limit ? 'full' : 'moving';
    },
    measure(): ShareAsk {
      const want = refused;
      refused = 0;
      return { keep: count.open, want };
    },
    apply(amount, keptElsewhere) {
      places = amount;
      elsewhere = keptElsewhere;
    },
    isIdle: () => count.open === 0 && clock.monotonicMs() - askedMs >= QUIET_MS,
  };
}
