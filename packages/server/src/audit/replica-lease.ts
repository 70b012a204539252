import type { Clock, Logger, ReplicaId, Timer } from '@sallyport/core';
import type { ReplicaRows } from '../stores/contracts.ts';

/** What {@link keepReplicaLease} works with. */
export interface ReplicaLeaseOptions {
  readonly replicas: ReplicaRows;
  /** Which server this is. */
  readonly replicaId: ReplicaId;
  /** Where other servers dial this one, `host:port`. Absent: none can. */
  readonly peerAddress?: string;
  /** Whether no other server can be on this database. */
  readonly isAlone: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long a server that is gone counts as alive, in milliseconds: then the requests that it carried are interrupted. */
export const REPLICA_LEASE_MS = 15_000;
/** Two renewals may fail. */
const RENEW_INTERVAL_MS = 4_000;

/**
 * Tells the other servers that this one lives, from before its first request until after its last. Resolves once they know.
 * @throws StoreError when the database does not take it
 */
export async function keepReplicaLease(options: ReplicaLeaseOptions): Promise<{ close(): Promise<void> }> {
  const { replicas, replicaId, peerAddress, isAlone, clock, logger } = options;
  let isFailing = false;
  let isClosed = false;
  let renewing: Promise<void> | undefined;

  async function renew(): Promise<void> {
    try {
      await replicas.renew(replicaId, REPLICA_LEASE_MS, peerAddress);
      isFailing = false;
    } catch (err) {
      if (!isFailing) logger.warn({ err }, 'the lease of this server could not be renewed');
      isFailing = true;
    }
    renewing = undefined;
    if (!isClosed) timer = clock.setTimeout(start, RENEW_INTERVAL_MS);
  }

  function start(): void {
    renewing = renew();
  }

  if (isAlone) await replicas.expireOthers(replicaId);
  await replicas.renew(replicaId, REPLICA_LEASE_MS, peerAddress);
  let timer: Timer = clock.setTimeout(start, RENEW_INTERVAL_MS);
  return {
    async close() {
      isClosed = true;
      timer.cancel();
      await renewing;
      // If this fails, the lease ends by itself, and nothing is open under it.
      await replicas.leave(replicaId).catch(() => {});
    },
  };
}
