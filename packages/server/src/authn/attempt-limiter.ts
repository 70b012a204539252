import type { Clock } from '@sallyport/core';

/** Counts attempts by key and says when there were too many. */
export interface AttemptLimiter {
  /** Counts one attempt; `false` when the key has used its attempts up for this window. */
  attempt(key: string): boolean;
  /** Forgets a key after a success. */
  forget(key: string): void;
}

const MAX_KEYS = 10_000;

/**
 * Creates a limiter of `maxAttempts` within `windowMs` per key. Holds at most 10,000 keys; beyond that the oldest is
 * dropped, so memory stays bounded under a flood of keys.
 */
export function createAttemptLimiter(options: {
  readonly maxAttempts: number;
  readonly windowMs: number;
  readonly clock: Clock;
}): AttemptLimiter {
  const windows = new Map<string, { count: number; readonly endsAtMs: number }>();
  return {
    attempt(key) {
      const now = options.clock.monotonicMs();
      const known = windows.get(key);
      if (known !== undefined && known.endsAtMs > now) {
        known.count += 1;
        return known.count <= options.maxAttempts;
      }
      windows.delete(key);
      if (windows.size >= MAX_KEYS) windows.delete(windows.keys().next().value as string);
      windows.set(key, { count: 1, endsAtMs: now + options.windowMs });
      return true;
    },
    forget(key) {
      windows.delete(key);
    },
  };
}
