import { useSyncExternalStore } from 'react';

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/** One clock for all that shows time, so that nothing on a page disagrees with what stands beside it. */
function createClock(stepMs: number) {
  const listeners = new Set<() => void>();
  let now = new Date();
  let timer: ReturnType<typeof setInterval> | undefined;
  return {
    get: () => now,
    subscribe(listener: () => void) {
      listeners.add(listener);
      now = new Date();
      timer ??= setInterval(() => {
        now = new Date();
        for (const each of listeners) each();
      }, stepMs);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}

const clocks = { minute: createClock(MINUTE_MS), second: createClock(SECOND_MS) };

/** The present, renewed every minute, or every second where the last minute counts. */
export function useNow(step: 'minute' | 'second' = 'minute'): Date {
  const clock = clocks[step];
  return useSyncExternalStore(clock.subscribe, clock.get);
}
