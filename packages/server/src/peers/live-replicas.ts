import type { Clock, Logger, ReplicaId, Timer } from '@sallyport/core';
import type { ReplicaRows } from '../stores/contracts.ts';

/** Which servers there are on the database. */
export interface LiveReplicas {
  /** As it was last seen, in the order of their ids: at least this one. */
  current(): readonly ReplicaId[];
  /** Calls `listener` after each change. Returns the way to stop. */
  onChange(listener: () => void): () => void;
  close(): void;
}

/** For where there can be no other server. */
export function aloneWith(replicaId: ReplicaId): LiveReplicas {
  return { current: () => [replicaId], onChange: () => () => {}, close() {} };
}

/** Time between two looks, in milliseconds. */
const LOOK_MS = 2_500;

/** Looks at the leases of servers, now and then. */
export async function watchReplicas(options: {
  readonly replicas: Pick<ReplicaRows, 'live'>;
  /** Which server this is. */
  readonly replicaId: ReplicaId;
  readonly clock: Clock;
  readonly logger: Logger;
}): Promise<LiveReplicas> {
  const { replicas, replicaId, clock, logger } = options;
  const listeners = new Set<() => void>();
  let current: readonly ReplicaId[] = [replicaId];
  let isClosed = false;
  let timer: Timer | undefined;

  async function look(): Promise<void> {
    try {
      const seen = [...new Set([...(await replicas.live()), replicaId])].sort();
      const hasChanged = seen.join() !== current.join();
      current = seen;
      if (hasChanged && !isClosed) for (const listener of listeners) listener();
    } catch (err) {
      logger.debug({ err }, 'the other servers on the database could not be looked for');
    }
    if (!isClosed) timer = clock.setTimeout(() => void look(), LOOK_MS);
  }

  await look();
  return {
    current: () => current,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      isClosed = true;
      timer?.cancel();
    },
  };
}
