/** How what failed in passing is asked again. */
export interface RetryOptions {
  /** Attempts in all, the first one included. Default 4. */
  readonly maxAttempts?: number;
  /** Longest wait before an attempt, in milliseconds. A server that asks for a longer one is not asked again. Default 30,000. */
  readonly maxDelayMs?: number;
  /** Number between 0 and 1 that spreads the waits of many clients. Default `Math.random`. */
  readonly random?: () => number;
  /** Waits, and rejects with the signal's reason when that is aborted. Defaults to a timer that keeps the process alive. */
  readonly wait?: (delayMs: number, signal?: AbortSignal) => Promise<void>;
}

const FIRST_DELAY_MS = 250;

/** Answers of a server, or of a proxy in front of it, that may be other ones a moment later. */
const PASSING = new Set([502, 503, 504]);

/**
 * How long to wait before the next attempt, in milliseconds; `undefined`: there is none.
 * 429 and a `Retry-After` come before anything was done, so any operation is repeated then. A request whose answer never came
 * may have been carried out: only what is the same when done twice is repeated.
 */
export function retryDelay(
  { maxAttempts = 4, maxDelayMs = 30_000, random = Math.random }: RetryOptions,
  attempt: number,
  {
    answer,
    isRepeatable,
  }: {
    readonly answer: { readonly status: number; readonly retryAfter: string | null } | undefined;
    readonly isRepeatable: boolean;
  },
): number | undefined {
  if (attempt >= maxAttempts) return undefined;
  const ownDelayMs = Math.min(maxDelayMs, FIRST_DELAY_MS * 2 ** (attempt - 1)) * (0.5 + random() / 2);
  if (answer === undefined) return isRepeatable ? ownDelayMs : undefined;
  if (answer.status !== 429 && !PASSING.has(answer.status)) return undefined;
  const askedMs = /^\d{1,9}$/.test(answer.retryAfter ?? '') ? Number(answer.retryAfter) * 1_000 : undefined;
  if (askedMs === undefined) return isRepeatable || answer.status === 429 ? ownDelayMs : undefined;
  return askedMs > maxDelayMs ? undefined : Math.max(askedMs, ownDelayMs);
}

/** Waits. Unlike the timers of a clock it keeps the process alive: a script is waiting for its answer. */
export function waitFor(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
