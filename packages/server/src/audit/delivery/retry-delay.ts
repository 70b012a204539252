const FIRST_DELAY_MS = 1_000;
const LAST_DELAY_MS = 60_000;
/** However long a receiver wants to be left alone, it is asked again within this time. */
const MAX_RETRY_AFTER_MS = 15 * 60_000;

/**
 * How long a sink is left alone after its `tries`-th failure in a row, in milliseconds: 1 s, 2 s, 4 s and so on up to a minute, each
 * drawn from the upper half of that time, and not shorter than the receiver asks for. `random` is at least 0 and less than 1.
 */
export function retryDelayMs(tries: number, retryAfterMs: number | undefined, random: number): number {
  const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (tries - 1), LAST_DELAY_MS);
  return Math.max(delayMs / 2 + (random * delayMs) / 2, Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS));
}
