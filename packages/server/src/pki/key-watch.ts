import type { Clock, Logger, Timer } from '@sallyport/core';
import { KEY_LEASE_MS, KEY_POLL_MS } from './key-policies.ts';
import type { TrustRoots } from './trust-roots.ts';

/** Keeps this server's keys those of the store. */
export interface KeyWatch {
  /** `false` once the store has not answered for longer than the lease: the server may sign with, or trust, what is void. */
  isFresh(): boolean;
  close(): void;
}

/**
 * Looks for changed keys every second. A failure is logged once and tried again; what is known stays in use until the
 * lease is over.
 */
export function watchKeys(options: {
  readonly roots: Pick<TrustRoots, 'refresh'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): KeyWatch {
  const { roots, clock, logger } = options;
  let answeredAtMs = clock.monotonicMs();
  let isClosed = false;
  let isFailing = false;
  let timer: Timer;

  async function look(): Promise<void> {
    // Taken before the question: an answer proves what was true when it was asked.
    const askedAtMs = clock.monotonicMs();
    try {
      if (await roots.refresh()) logger.info({}, 'took over changed keys');
      answeredAtMs = askedAtMs;
      isFailing = false;
    } catch (err) {
      if (!isFailing && !isClosed) logger.error({ err }, 'keys could not be read');
      isFailing = true;
    }
    if (!isClosed) arm();
  }

  function arm(): void {
    timer = clock.setTimeout(() => void look(), KEY_POLL_MS);
  }

  arm();
  return {
    isFresh: () => clock.monotonicMs() - answeredAtMs <= KEY_LEASE_MS,
    close() {
      isClosed = true;
      timer.cancel();
    },
  };
}
