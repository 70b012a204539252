import type { Clock, Timer } from '@sallyport/core';

/** What a keepalive is made of. */
export interface KeepaliveOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** Intervals in a row without a sign of life after which `onDead` is called. */
  readonly maxMissed: number;
  sendPing(): void;
  onDead(missed: number): void;
}

/** Notices a peer that is gone while its socket is not. PROTOCOL.md, section 7.2. */
export interface Keepalive {
  /** Something came from the peer: its event loop turns. */
  alive(): void;
  stop(): void;
}

/**
 * Starts pinging. The first PING goes out after one interval; a peer that vanishes right after a sign of life is
 * declared dead at most `(maxMissed + 1) × intervalMs` later, 45 s by default.
 */
export function startKeepalive(options: KeepaliveOptions): Keepalive {
  const { clock, intervalMs, maxMissed } = options;
  let isAwaiting = false;
  let missed = 0;
  let timer: Timer;

  function tick(): void {
    if (isAwaiting) {
      missed += 1;
      if (missed >= maxMissed) {
        options.onDead(missed);
        return;
      }
    }
    isAwaiting = true;
    timer = clock.setTimeout(tick, intervalMs);
    options.sendPing();
  }

  timer = clock.setTimeout(tick, intervalMs);
  return {
    alive() {
      isAwaiting = false;
      missed = 0;
    },
    stop() {
      timer.cancel();
    },
  };
}
