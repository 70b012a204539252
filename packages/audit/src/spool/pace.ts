import { performance } from 'node:perf_hooks';

/** How busy a process is, as a share of the time since it was asked last: 0 is idle, 1 has no moment left. */
export type ProcessLoad = () => number;

/** Watches the event loop of this thread. */
export function createProcessLoad(): ProcessLoad {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
}

/** Below this load nothing is held back. */
const QUIET_LOAD = 0.5;
/** From this load on all is held back that may be. */
const FULL_LOAD = 0.8;
/** Rests after each batch at full load, in lengths of the batch: the drain takes a tenth of the time then. */
const MAX_RESTS = 9;
/** Shares of the spool up to which it may fill before the drain hurries, and at which it does not rest any more. */
const CALM_SHARE = 1 / 32;
const HURRIED_SHARE = 1 / 16;

/**
 * How long a drain rests after a batch, as a multiple of the time that the batch took. Requests come first while the process has
 * its hands full: what they wait for is in the spool already. The more of the spool is taken, the less of that holds.
 */
export function restsAfterBatch(load: number, filledShare: number): number {
  const strain = within((load - QUIET_LOAD) / (FULL_LOAD - QUIET_LOAD));
  const need = within((filledShare - CALM_SHARE) / (HURRIED_SHARE - CALM_SHARE));
  return MAX_RESTS * strain * (1 - need);
}

function within(share: number): number {
  return Math.min(1, Math.max(0, share));
}
