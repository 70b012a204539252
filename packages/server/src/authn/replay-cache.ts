import type { Clock } from '@sallyport/core';

/** Remembers what was used for as long as it could be used again. */
export interface ReplayCache {
  /** Takes `key` for the first time: `true`. Seen within the window, or no room left: `false`. */
  take(key: string): boolean;
}

/**
 * Creates a cache with two generations of half the room each: every key is held for at least `windowMs`. When a
 * generation is full before its time, further keys are refused, because forgetting one would allow its replay.
 */
export function createReplayCache(options: {
  readonly windowMs: number;
  readonly maxKeys: number;
  readonly clock: Clock;
}): ReplayCache {
  let current = new Set<string>();
  let previous = new Set<string>();
  let turnsAtMs = options.clock.monotonicMs() + options.windowMs;
  return {
    take(key) {
      const now = options.clock.monotonicMs();
      if (now >= turnsAtMs) {
        previous = now >= turnsAtMs + options.windowMs ? new Set() : current;
        current = new Set();
        turnsAtMs = now + options.windowMs;
      }
      if (current.has(key) || previous.has(key) || current.size >= options.maxKeys / 2) return false;
      current.add(key);
      return true;
    },
  };
}
