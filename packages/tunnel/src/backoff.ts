import { type Clock, systemClock } from '@sallyport/core';

/** Options of {@link createBackoff}. Times in milliseconds. */
export interface BackoffOptions {
  /** Bound of the first delay. Default 500. */
  readonly baseMs?: number;
  /** Bound of every delay. Default 30,000. */
  readonly maxMs?: number;
  /** A connection that stayed up this long starts the next series small again. Default 60,000. */
  readonly resetAfterMs?: number;
  /** Uniform in [0, 1). Default `Math.random`: it spreads load, it guards nothing. */
  readonly random?: () => number;
  readonly clock?: Clock;
}

/** Delays between attempts to connect, with full jitter: uniform between 0 and a bound that doubles. */
export interface Backoff {
  /** Delay before the next attempt; each call raises the bound. */
  nextDelayMs(): number;
  /** The connection is up. */
  connected(): void;
  /** The connection is gone: when it was up for `resetAfterMs`, the bound starts small again. */
  disconnected(): void;
}

/** Makes a backoff. It sleeps nowhere: the caller waits, with its own clock and signal. */
export function createBackoff(options: BackoffOptions = {}): Backoff {
  const { baseMs = 500, maxMs = 30_000, resetAfterMs = 60_000, random = Math.random, clock = systemClock } = options;
  let boundMs = baseMs;
  let connectedAt: number | undefined;
  return {
    nextDelayMs() {
      const delayMs = random() * boundMs;
      boundMs = Math.min(maxMs, boundMs * 2);
      return delayMs;
    },
    connected() {
      connectedAt = clock.monotonicMs();
    },
    disconnected() {
      if (connectedAt !== undefined && clock.monotonicMs() - connectedAt >= resetAfterMs) boundMs = baseMs;
      connectedAt = undefined;
    },
  };
}
