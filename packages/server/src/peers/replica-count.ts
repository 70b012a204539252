import type { Clock, Logger, Timer } from '@sallyport/core';
import type { ReplicaRows } from '../stores/contracts.ts';

/** How many servers there are on the database. */
export interface ReplicaCount {
  /** As it was last seen: at least this one. */
  current(): number;
  /** Calls `listener` after each change. Returns the way to stop. */
  onChange(listener: () => void): () => void;
  close(): void;
}

/** Where there can be no other server. */
export const ALONE: ReplicaCount = { current: () => 1, onChange: () => () => {}, close() {} };

/** Time between two looks, in milliseconds. */
const LOOK_MS = 2_500;

/** Counts the leases of servers, now and then. */
export async function watchReplicaCount(options: {
  readonly replicas: Pick<ReplicaRows, 'count'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): Promise<ReplicaCount> {
  const { replicas, clock, logger } = options;
  const listeners = new Set<() => void>();
  let count = 1;
  let isClosed = false;
  let timer: Timer | undefined;

  async function look(): Promise<void> {
    try {
      const seen = Math.max(1, await replicas.count());
      const hasChanged = seen !== count;
      count = seen;
      if (hasChanged && !isClosed) for (const listener of listeners) listener();
    } catch (err) {
      logger.debug({ err }, 'the servers on the database could not be counted');
    }
    if (!isClosed) timer = clock.setTimeout(() => void look(), LOOK_MS);
  }

  await look();
  return {
    current: () => count,
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
