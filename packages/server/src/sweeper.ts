import type { Clock, Logger } from '@sallyport/core';
import { startSingleRunner } from './single-runner.ts';
import type { Store } from './stores/contracts.ts';

/** What is swept, and with what. */
export interface SweeperOptions {
  readonly store: Pick<Store, 'transact' | 'leases'> & { readonly oauth: Pick<Store['oauth'], 'sweep'> };
  /** Which server this is. */
  readonly holder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default 600,000. */
  readonly intervalMs?: number;
}

/**
 * Deletes what has expired (rows of the OAuth server, login sessions, kept answers), now and then, on one server at a time.
 * What has expired is refused all the same.
 */
export function startSweeper(options: SweeperOptions): { close(): Promise<void> } {
  const { store, holder, clock, logger, intervalMs = 600_000 } = options;
  return startSingleRunner({
    name: 'sweeper',
    holder,
    leases: store.leases,
    intervalMs,
    clock,
    logger,
    async run() {
      let count = await store.oauth.sweep(new Date(clock.now()));
      let deleted: number;
      do {
        deleted = await store.transact((tx) => tx.deleteExpired());
        count += deleted;
      } while (deleted > 0);
      if (count > 0) logger.debug({ count }, 'swept expired rows');
    },
  });
}
