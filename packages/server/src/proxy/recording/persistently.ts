import type { Clock } from '@sallyport/core';

/** How {@link persistently} goes about it. */
export interface Persistence {
  readonly clock: Clock;
  /** How long all tries together may take, in milliseconds. */
  readonly patienceMs: number;
  /** Gives up at once. */
  readonly signal: AbortSignal;
}

const PAUSE_MS = 250;

/**
 * Tries until it works. Each try is told when patience is over; one that does not listen is no longer waited for.
 * @throws what the last try failed with
 */
export async function persistently<Result>(
  { clock, patienceMs, signal }: Persistence,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const giveUp = new AbortController();
  const untilMs = clock.monotonicMs() + patienceMs;
  let rejectNow = (_error: unknown): void => {};
  const over = new Promise<never>((_resolve, reject) => {
    rejectNow = reject;
  });
  over.catch(() => {});
  const end = (error: unknown): void => {
    giveUp.abort(error);
    rejectNow(error);
  };
  const onAbort = () => end(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const deadline = clock.setTimeout(() => end(new Error(`took more than ${patienceMs} ms`)), patienceMs);
  try {
    for (;;) {
      try {
        return await Promise.race([work(giveUp.signal), over]);
      } catch (error) {
        if (giveUp.signal.aborted || clock.monotonicMs() + PAUSE_MS >= untilMs) throw error;
        await Promise.race([pause(clock), over]);
      }
    }
  } finally {
    deadline.cancel();
    signal.removeEventListener('abort', onAbort);
  }
}

function pause(clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimeout(resolve, PAUSE_MS);
  });
}
