import type { Clock, Logger } from '@sallyport/core';
import { startSingleRunner } from '../single-runner.ts';
import type { Store } from '../stores/contracts.ts';
import { DEREGISTRATION_LIMITS } from './standing.ts';

/** What {@link startClusterSweeper} works with. */
export interface ClusterSweeperOptions {
  readonly store: Pick<Store, 'transact' | 'leases'>;
  /** Which server this is. */
  readonly holder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default 3,600,000. */
  readonly intervalMs?: number;
}

/** How long join tokens and certificates that have ended stay, so that whoever looks finds out why, in milliseconds. */
const ENDED_LIFE_MS = 7 * 24 * 60 * 60_000;

/**
 * Deletes what has ended of clusters now and then, on one server at a time: join tokens, certificates, agents without any,
 * deregistrations. What has ended is refused all the same.
 */
export function startClusterSweeper(options: ClusterSweeperOptions): { close(): Promise<void> } {
  const { store, holder, clock, logger, intervalMs = 3_600_000 } = options;
  return startSingleRunner({
    name: 'clusterSweeper',
    holder,
    leases: store.leases,
    intervalMs,
    clock,
    logger,
    run: () =>
      store.transact((tx) =>
        tx.sweepClusters({
          before: new Date(clock.now() - ENDED_LIFE_MS),
          deregisteredBefore: new Date(clock.now() - DEREGISTRATION_LIMITS.rememberedForMs),
        }),
      ),
  });
}
