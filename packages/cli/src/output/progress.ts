import type { Clock } from '@sallyport/core';
import type { CliContext } from '../context.ts';

/** Tells a person at a terminal what is going on; says nothing where nobody looks. */
export interface Progress {
  /** Replaces the line. Seconds since the last call are shown behind it when they become many. */
  show(text: string): void;
  /** Takes the line away. Idempotent. */
  clear(): void;
}

const TICK_MS = 1_000;
const CLEAR_LINE = '\r\u001b[K';

/** A line on stderr that is rewritten in place, on a terminal only. */
export function createProgress({ stderr, clock }: Pick<CliContext, 'stderr'> & { readonly clock: Clock }): Progress {
  if (stderr.isTTY !== true) return { show: () => {}, clear: () => {} };
  let timer: ReturnType<Clock['setTimeout']> | undefined;
  let shownAt = 0;
  const tick = (text: string) => {
    const seconds = Math.floor((clock.monotonicMs() - shownAt) / 1_000);
    stderr.write(`${CLEAR_LINE}${text}${seconds >= 2 ? ` (${seconds} s)` : ''}`);
    timer = clock.setTimeout(() => tick(text), TICK_MS);
  };
  return {
    show(text) {
      timer?.cancel();
      shownAt = clock.monotonicMs();
      tick(text);
    },
    clear() {
      if (timer === undefined) return;
      timer.cancel();
      timer = undefined;
      stderr.write(CLEAR_LINE);
    },
  };
}
