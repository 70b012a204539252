import { type Clock, isCodedError, type Logger, type Timer } from '@sallyport/core';
import type { Lease, Leases } from './stores/key-contracts.ts';

/** What {@link startSingleRunner} works with. */
export interface SingleRunnerOptions {
  /** Names the job among all servers of a database. */
  readonly name: string;
  /** Which server this is. */
  readonly holder: string;
  readonly leases: Leases;
  /** Time from the end of one run to the next. */
  readonly intervalMs: number;
  /**
   * How long another server waits for one that is gone, in milliseconds. A lease is prolonged when half of it is over. Absent:
   * a minute, or two intervals if that is more, prolonged at each run.
   */
  readonly leaseMs?: number;
  /** How often a server without the lease asks for it, in milliseconds. Defaults to `intervalMs`. */
  readonly standbyIntervalMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * Runs the job once. What must not happen twice goes through `Transaction.holdLease`: the lease may end, and another
   * server begin, while this still runs.
   */
  readonly run: (lease: Lease) => Promise<void>;
}

/** Shortest lease, in milliseconds: a run may take that long before another server begins as well. */
const MIN_LEASE_MS = 60_000;

/** A job that runs now and then. */
export interface SingleRunner {
  /** Lets the job run at once, or once more when it runs now: there is something to do. */
  wake(): void;
  close(): Promise<void>;
}

/**
 * Runs a job now and then, on one server of a database at a time: whoever holds its lease goes on prolonging it, the others
 * look whether it has ended. Failures are logged, and the job is tried again at its next time.
 */
export function startSingleRunner(options: SingleRunnerOptions): SingleRunner {
  const { name, holder, leases, intervalMs, clock, logger, run } = options;
  const { leaseMs, standbyIntervalMs = intervalMs } = options;
  const ttlMs = leaseMs ?? Math.max(MIN_LEASE_MS, 2 * intervalMs);
  let held: Lease | undefined;
  let isClosed = false;
  let running: Promise<void> | undefined;
  let isWanted = false;

  async function attempt(): Promise<void> {
    try {
      if (!isHeldForLong()) held = await leases.acquire(name, holder, ttlMs);
      if (held !== undefined && !isClosed) await run(held);
    } catch (err) {
      if (isCodedError(err) && err.code === 'ERR_STORE_LEASE_LOST') held = undefined;
      logger.warn({ err, job: name }, 'a job failed and is tried again');
    }
    running = undefined;
    if (isClosed) return;
    if (isWanted) start();
    else timer = clock.setTimeout(start, held === undefined ? standbyIntervalMs : intervalMs);
  }

  /** Whether the lease needs no prolonging yet. Where this clock is wrong, the fence of the lease tells. */
  function isHeldForLong(): boolean {
    return leaseMs !== undefined && held !== undefined && held.expiresAt.getTime() - clock.now() > leaseMs / 2;
  }

  function start(): void {
    isWanted = false;
    running = attempt();
  }

  let timer: Timer = clock.setTimeout(start, intervalMs);
  return {
    wake() {
      if (isClosed) return;
      isWanted = true;
      if (running !== undefined) return;
      timer.cancel();
      start();
    },
    async close() {
      isClosed = true;
      timer.cancel();
      await running;
      // Nobody waits for the end of a lease of a server that is gone; if this fails, it ends by itself.
      if (held !== undefined) await leases.release(held).catch(() => {});
    },
  };
}
