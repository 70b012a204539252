import type { Clock, Logger, Timer } from '@sallyport/core';
import type { OauthRows } from './stores/contracts.ts';

/** What is swept, and with what. */
export interface SweeperOptions {
  readonly oauth: Pick<OauthRows, 'sweep'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default 600,000. */
  readonly intervalMs?: number;
}

/** Deletes what has expired from the OAuth server's rows, now and then. Expired rows are refused all the same. */
export function startSweeper({ oauth, clock, logger, intervalMs = 600_000 }: SweeperOptions): { close(): void } {
  let isClosed = false;
  let timer: Timer;
  async function sweep(): Promise<void> {
    try {
      const count = await oauth.sweep(new Date(clock.now()));
      if (count > 0) logger.debug({ count }, 'swept expired OAuth rows');
    } catch (error) {
      logger.warn({ err: error }, 'expired OAuth rows could not be swept');
    }
    if (!isClosed) arm();
  }
  function arm(): void {
    timer = clock.setTimeout(() => void sweep(), intervalMs);
  }
  arm();
  return {
    close() {
      isClosed = true;
      timer.cancel();
    },
  };
}
