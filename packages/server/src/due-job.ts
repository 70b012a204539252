import type { Clock, Logger, Timer } from '@sallyport/core';

/** What {@link startDueJob} works with. */
export interface DueJobOptions {
  /** Name of the job in logs. */
  readonly job: string;
  /** When the next thing is due; `undefined` when nothing is. */
  nextDueAt(): Promise<Date | undefined>;
  /** Writes all that is due at `at`. Says whether it did: another server may be at it, or something failed. */
  settle(at: Date): Promise<boolean>;
  /** Calls back when something may be due sooner. Returns the way to stop. */
  watch(listener: () => void): () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often each server looks for what others have made, in case they are gone before it is due, in milliseconds. */
const LOOK_INTERVAL_MS = 30_000;
/** When a look that failed, or found another server at work, is repeated, in milliseconds. */
const RETRY_MS = 1_000;

/** A job that runs; `isClosed` is for long settlements to ask. */
export interface DueJob {
  isClosed(): boolean;
  close(): Promise<void>;
}

/**
 * Writes down what time alone decides. It looks at once, for what became due while no server ran; then one timer is set to the
 * very instant of what comes next.
 */
export function startDueJob({ job, nextDueAt, settle, watch, clock, logger }: DueJobOptions): DueJob {
  /** What the timer is set for, and when that is by the clock that nobody sets. */
  let next: { readonly dueAtMs: number; readonly monotonicMs: number } | undefined;
  let timer: Timer | undefined;
  let isClosed = false;
  let isWoken = false;
  let looking: Promise<void> | undefined;

  function wake(): void {
    isWoken = true;
    looking ??= lookWhileWoken().finally(() => {
      looking = undefined;
    });
  }

  async function lookWhileWoken(): Promise<void> {
    let isSettled = true;
    while (isWoken && !isClosed) {
      isWoken = false;
      timer?.cancel();
      try {
        isSettled = await look();
      } catch (err) {
        isSettled = false;
        logger.warn({ err, job }, 'what is due could not be written and is tried again');
      }
    }
    if (!isClosed) timer = clock.setTimeout(wake, isSettled ? untilNext() : RETRY_MS);
  }

  /** Says whether nothing is left that is due. */
  async function look(): Promise<boolean> {
    const dueAt = await nextDueAt();
    const atMs = instant();
    if (dueAt !== undefined && dueAt.getTime() <= atMs && !(await settle(new Date(atMs)))) return false;
    setNext(await nextDueAt());
    return true;
  }

  /** What it is now; an instant that was waited for has come, also when the clock was set back meanwhile. */
  function instant(): number {
    const hasCome = next !== undefined && clock.monotonicMs() >= next.monotonicMs;
    return Math.max(clock.now(), hasCome ? (next?.dueAtMs ?? 0) : 0);
  }

  function setNext(dueAt: Date | undefined): void {
    const dueAtMs = dueAt?.getTime();
    if (dueAtMs === next?.dueAtMs) return;
    next = dueAtMs === undefined ? undefined : { dueAtMs, monotonicMs: clock.monotonicMs() + dueAtMs - clock.now() };
  }

  function untilNext(): number {
    const delayMs = next === undefined ? LOOK_INTERVAL_MS : next.monotonicMs - clock.monotonicMs();
    return Math.min(Math.max(delayMs, 0), LOOK_INTERVAL_MS);
  }

  const unwatch = watch(wake);
  wake();
  return {
    isClosed: () => isClosed,
    async close() {
      isClosed = true;
      unwatch();
      await looking;
      timer?.cancel();
    },
  };
}
