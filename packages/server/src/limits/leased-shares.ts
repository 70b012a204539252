import type { Clock, Logger, ReplicaId, Timer } from '@sallyport/core';
import type { LimitShareRows } from '../stores/limit-share-contracts.ts';
import type { SharedLimit, Shares } from './shares.ts';

/** What {@link createLeasedShares} works with. */
export interface LeasedSharesOptions {
  readonly rows: LimitShareRows;
  /** Which server this is. */
  readonly replicaId: ReplicaId;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Bounds of leased shares. */
export interface LeasedShareLimits {
  /** Time from one renewal to the next, in milliseconds. Default 1,000: how soon shares follow demand. */
  readonly renewIntervalMs: number;
  /**
   * Life of a lease, in milliseconds. Default 3,000: two renewals may fail, and what a server held that is gone is free for
   * the others after that time.
   */
  readonly leaseMs: number;
}

/** The usual bounds. */
export const LEASED_SHARE_LIMITS: LeasedShareLimits = { renewIntervalMs: 1_000, leaseMs: 3_000 };

interface Joined {
  /** End of the lease by the monotonic clock; absent until the first renewal, and after its end. */
  leasedUntilMs?: number;
}

/**
 * Shares limits among the servers of one database. Once a second a server renews what it holds, in one transaction for all
 * limits, and never while a request waits. Where it has no lease (a principal's first second on it, a database that is away
 * for longer than the lease) it uses an equal part, as if each server did; of streams at least one.
 *
 * The sum of all leases is never more than the limit: the database sees to that. Beyond leases, the first second of a server
 * with a principal can add its equal part to what others hold.
 */
export function createLeasedShares(options: LeasedSharesOptions, limits = LEASED_SHARE_LIMITS): Shares {
  const { rows, replicaId, clock, logger } = options;
  const joined = new Map<SharedLimit, Joined>();
  /** What is given back with the next renewal. */
  let released: string[] = [];
  let replicaCount = 1;
  let isFailing = false;
  let isClosed = false;
  let timer: Timer;
  let renewing: Promise<void> | undefined;

  function guess(limit: SharedLimit): void {
    limit.apply(Math.max(1, Math.floor(limit.total / replicaCount)), 0);
  }

  async function renew(): Promise<void> {
    // Before the question: the database's lease begins later, so it ends later than what is believed here.
    const leasedUntilMs = clock.monotonicMs() + limits.leaseMs;
    const asking = [...joined].map(([limit, state]) => ({
      limit,
      state,
      ask: { key: limit.key, total: limit.total, ...limit.measure() },
    }));
    const returned = released;
    released = [];
    try {
      const renewal = await rows.renew(
        replicaId,
        limits.leaseMs,
        asking.map(({ ask }) => ask),
        returned,
      );
      replicaCount = renewal.replicaCount;
      // An answer that comes after the end of its lease says nothing of now.
      const isLate = clock.monotonicMs() >= leasedUntilMs;
      for (const { limit, state } of isLate ? [] : asking) {
        const grant = renewal.grants.get(limit.key);
        if (grant === undefined || joined.get(limit) !== state) continue;
        state.leasedUntilMs = leasedUntilMs;
        limit.apply(grant.amount, grant.keptElsewhere);
      }
      if (isFailing) logger.info({}, 'shares of limits are renewed again');
      isFailing = false;
    } catch (err) {
      // What could not be given back ends with its lease.
      if (!isFailing) logger.warn({ err }, 'shares of limits could not be renewed; they stand until their lease ends');
      isFailing = true;
    }
  }

  function endLeases(): void {
    const nowMs = clock.monotonicMs();
    for (const [limit, state] of joined) {
      if (state.leasedUntilMs === undefined || state.leasedUntilMs > nowMs) continue;
      delete state.leasedUntilMs;
      guess(limit);
    }
  }

  function tick(): void {
    // By itself, and not when a renewal ends: one that gets no answer must not prolong anything.
    endLeases();
    renewing ??= renew().finally(() => {
      renewing = undefined;
    });
    timer = clock.setTimeout(tick, limits.renewIntervalMs);
  }

  tick();
  return {
    join(limit) {
      joined.set(limit, {});
      guess(limit);
    },
    leave(limit) {
      if (joined.delete(limit)) released.push(limit.key);
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      timer.cancel();
      await renewing;
      // Nobody waits for it; if this fails, the leases end by themselves.
      await rows.leave(replicaId).catch(() => {});
    },
  };
}
