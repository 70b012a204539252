/** A timer that {@link Clock.setTimeout} started. */
export interface Timer {
  /** Stops the timer; nothing happens when it has already fired. */
  cancel(): void;
}

/** Source of time that everything with a deadline takes, so that tests advance it by hand. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. May jump. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. For measuring and keepalives. */
  monotonicMs(): number;
  /** Calls `callback` once after `delayMs`. Never keeps the process alive. */
  setTimeout(callback: () => void, delayMs: number): Timer;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimeout(callback, delayMs) {
    // setTimeout fires at once for delays above 2^31-1 ms; waiting that long is the same as never.
    const handle = setTimeout(callback, Math.min(delayMs, 2_147_483_647));
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Resolves after `delayMs`, or rejects with the signal's reason when that is aborted first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason as Error);
    };
    const timer = clock.setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
