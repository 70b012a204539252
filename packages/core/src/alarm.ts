import type { Clock, Timer } from './clock.ts';

/** One timer for an instant of the wall clock, however far away that is. */
export interface Alarm {
  /**
   * Sets the instant, in milliseconds since the epoch, in place of the one before; `undefined` for none. One that has passed
   * rings as soon as this turn of the event loop is over.
   */
  setTo(atMs: number | undefined): void;
}

/** Longest delay that a timer takes, in milliseconds (about 24.8 days); what is further away is waited for in parts. */
const MAX_DELAY_MS = 2_147_483_647;

/**
 * Makes an alarm that calls `ring` once for each instant that it is set to, never before the clock shows it: timers may fire a
 * millisecond early, and the clock may have been set back meanwhile. One that is set forward is noticed when the alarm is set
 * again, or when the delay has passed that was left before.
 */
export function createAlarm(clock: Clock, ring: () => void): Alarm {
  let dueMs: number | undefined;
  let timer: Timer | undefined;

  function wait(untilMs: number): void {
    timer = clock.setTimeout(
      () => {
        if (clock.now() < untilMs) return wait(untilMs);
        timer = undefined;
        dueMs = undefined;
        ring();
      },
      Math.min(Math.max(untilMs - clock.now(), 0), MAX_DELAY_MS),
    );
  }

  return {
    setTo(atMs) {
      if (atMs === dueMs) return;
      timer?.cancel();
      timer = undefined;
      dueMs = atMs;
      if (atMs !== undefined) wait(atMs);
    },
  };
}
