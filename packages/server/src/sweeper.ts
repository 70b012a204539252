import type { Clock, Logger } from '@sallyport/core';
import { startSingleRunner } from './single-runner.ts';
import type { OauthRows } from './stores/contracts.ts';
import type { Leases } from './stores/key-contracts.ts';

/** What is swept, and with what. */
export interface SweeperOptions {
  readonly oauth: Pick<OauthRows, 'sweep'>;
  readonly leases: Leases;
  /** Which server this is. */
  readonly holder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default 600,000. */
  readonly intervalMs?: number;
}

/**
 * Deletes what has expired from the OAuth server's rows, now and then, on one server at a time. Expired rows are refused all
 * the same.
 */
export function startSweeper(options: SweeperOptions): { close(): Promise<void> } {
  const { oauth, leases, holder, clock, logger, intervalMs = 600_000 } = options;
  return startSingleRunner({
    name: 'sweeper',
    holder,
    leases,
    intervalMs,
    clock,
    logger,
    async run() {
      const count = await oauth.sweep(new Date(clock.now()));
      if (count > 0) logger.debug({ count }, 'swept expired OAuth rows');
    },
  });
}
