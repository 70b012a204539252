/** Waiting without sleeping: a test awaits what it needs, with a bound and a sentence for the day it does not come. */
import { setTimeout as delay } from 'node:timers/promises';

/** Options of {@link awaitCondition}. */
export interface AwaitOptions {
  /** What is awaited, for the error: `the pod is running`. */
  readonly what: string;
  /** Bound, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
  /** Time between looks, in milliseconds. Default 50. */
  readonly everyMs?: number;
}

/**
 * Calls `look` until it returns something other than `undefined`, `null` or `false`, and resolves with that. A look that throws counts
 * as "not yet"; the last error is the cause of the one that says the time is up.
 */
export async function awaitCondition<T>(
  look: () => T | Promise<T>,
  { what, timeoutMs = 30_000, everyMs = 50 }: AwaitOptions,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + timeoutMs;
  let problem: unknown;
  do {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== null && seen !== false) return seen as NonNullable<Exclude<T, false>>;
      problem = undefined;
    } catch (error) {
      problem = error;
    }
    await delay(everyMs);
  } while (performance.now() < deadline);
  throw new Error(`waited ${timeoutMs} ms in vain: ${what}`, { cause: problem });
}
