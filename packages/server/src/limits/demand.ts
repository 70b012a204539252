import type { Clock } from '@sallyport/core';
import type { ShareAsk } from './share-plan.ts';

/** A rate is shared out in millionths: whole numbers, so that parts add up to exactly the whole. */
export const RATE_UNITS = 1_000_000;

/** The part that a server keeps of a rate that it hardly uses: the first request there is not refused for want of a share. */
const KEPT_UNITS = RATE_UNITS / 100;
/** What the last measurement weighs against those before. */
const WEIGHT = 0.5;
/** Without demand for so long, a limit is not in use. In milliseconds. */
export const QUIET_MS = 10_000;

/** How much of a rate is asked for. */
export interface Demand {
  add(count: number): void;
  /** Demand since it was last measured, with what was before fading out; in millionths of the whole rate. */
  measure(): ShareAsk;
  /** Whether nothing was asked for in the last ten seconds. */
  isQuiet(): boolean;
}

/** Measures demand for a rate of `perSecond`. */
export function createDemand(perSecond: number, clock: Clock): Demand {
  let count = 0;
  let measuredMs = clock.monotonicMs();
  let addedMs = measuredMs;
  let average: number | undefined;
  return {
    add(more) {
      count += more;
      addedMs = clock.monotonicMs();
    },
    measure() {
      const nowMs = clock.monotonicMs();
      const seconds = Math.max(nowMs - measuredMs, 1) / 1_000;
      const units = (count / seconds / perSecond) * RATE_UNITS;
      average = average === undefined ? units : WEIGHT * units + (1 - WEIGHT) * average;
      measuredMs = nowMs;
      count = 0;
      return { keep: KEPT_UNITS, want: Math.max(0, Math.ceil(average) - KEPT_UNITS) };
    },
    isQuiet: () => clock.monotonicMs() - addedMs >= QUIET_MS,
  };
}
