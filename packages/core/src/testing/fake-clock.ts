import type { Clock, Timer } from '../clock.ts';

/** A {@link Clock} that stands still until it is moved by hand. */
export interface FakeClock extends Clock {
  /** How many timers wait. A test that ends with `0` left none behind. */
  readonly pending: number;
  /**
   * Moves both clocks forward and runs every timer that falls due, in order of its time, timers that those start included.
   * A timer sees the time it was due at. Timers of one instant run in the order they were started.
   */
  advance(ms: number): void;
  /**
   * As {@link FakeClock.advance}, and lets promises settle before the first timer and after each, so that code which awaits
   * between timers goes on.
   */
  advanceAsync(ms: number): Promise<void>;
  /** Sets the wall clock, as an administrator or NTP would: timers and the monotonic clock don't notice. */
  setWallClock(now: Date): void;
}

interface FakeTimer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** Creates a {@link FakeClock}. Its wall clock starts at `startAt`, by default 2026-01-01T00:00:00Z. */
export function createFakeClock(startAt: Date = new Date('2026-01-01T00:00:00Z')): FakeClock {
  let wallOffsetMs = startAt.getTime();
  let elapsedMs = 0;
  const timers = new Set<FakeTimer>();

  const nextDue = (untilMs: number): FakeTimer | undefined => {
    let next: FakeTimer | undefined;
    for (const timer of timers) {
      if (timer.dueMs <= untilMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
    }
    return next;
  };
  const runNext = (untilMs: number): boolean => {
    const timer = nextDue(untilMs);
    if (timer === undefined) {
      elapsedMs = Math.max(elapsedMs, untilMs);
      return false;
    }
    timers.delete(timer);
    elapsedMs = Math.max(elapsedMs, timer.dueMs);
    timer.callback();
    return true;
  };
  const target = (ms: number) => {
    if (!(ms >= 0)) throw new RangeError(`a clock can't be advanced by ${ms} ms`);
    return elapsedMs + ms;
  };

  return {
    now: () => wallOffsetMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    setTimeout(callback, delayMs): Timer {
      const timer = { dueMs: elapsedMs + Math.max(0, delayMs), callback };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    get pending() {
      return timers.size;
    },
    advance(ms) {
      const untilMs = target(ms);
      while (runNext(untilMs));
    },
    async advanceAsync(ms) {
      const untilMs = target(ms);
      do await settle();
      while (runNext(untilMs));
    },
    setWallClock(now) {
      wallOffsetMs = now.getTime() - elapsedMs;
    },
  };
}

/** Resolves once the promise jobs of this turn are done, and what they queued in turn. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
