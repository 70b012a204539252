/** Tries of a notification before it is given up. */
export const MAX_TRIES = 12;
/** Wait after the first failed try, in milliseconds; doubles with every further one. */
const FIRST_WAIT_MS = 5_000;
/** Longest wait between tries, in milliseconds, unless the receiver asks for more. */
const MAX_WAIT_MS = 60 * 60_000;

/** A try that failed. */
export interface FailedTry {
  /** How often it was tried, this time included. */
  readonly tries: number;
  readonly at: Date;
  /** When it is given up at the latest. */
  readonly giveUpAt: Date;
  /** How long the receiver wants to be left alone, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Trying the same again can't come to anything else. */
  readonly isFinal: boolean;
  /** At least 0 and less than 1. */
  readonly random: number;
}

/**
 * When to try again: after 5 s, 10 s, 20 s and so on up to an hour, each drawn from the upper half of that time so that what
 * failed together does not come back together, and not before the receiver asks for it.
 */
export function planRetry(failed: FailedTry): { readonly nextTryAt?: Date; readonly isDead: boolean } {
  const { tries, at, giveUpAt, retryAfterMs = 0, isFinal, random } = failed;
  if (isFinal || tries >= MAX_TRIES) return { isDead: true };
  const waitMs = Math.min(FIRST_WAIT_MS * 2 ** (tries - 1), MAX_WAIT_MS);
  const nextTryAt = new Date(at.getTime() + Math.max(waitMs / 2 + (random * waitMs) / 2, retryAfterMs));
  return nextTryAt > giveUpAt ? { isDead: true } : { nextTryAt, isDead: false };
}
