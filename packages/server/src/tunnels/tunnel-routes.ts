import type { Clock, ClusterId, Logger, ReplicaId } from '@sallyport/core';
import type { TunnelRoute } from '../stores/cluster-contracts.ts';

/** Options of {@link createTunnelRoutes}. */
export interface TunnelRoutesOptions {
  /** Asks the database. */
  readonly load: () => Promise<readonly TunnelRoute[]>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Which other replicas can carry requests to a cluster. */
export interface TunnelRoutes {
  /** At once where something is known that is fresh enough; else what the database says. Empty when there are none. */
  of(clusterId: ClusterId): readonly TunnelRoute[] | Promise<readonly TunnelRoute[]>;
  /** A replica could not be reached, or has no tunnel of the cluster any more: nobody is sent there until the database is asked again. */
  drop(clusterId: ClusterId, replicaId: ReplicaId): void;
  /** When there was a route to a cluster last, as of {@link Clock.monotonicMs}; `undefined` when there never was. */
  lastSeenMs(clusterId: ClusterId): number | undefined;
}

/** How long routes are used without asking, in milliseconds. Who finds that one leads nowhere any more drops it. */
const FRESH_MS = 2_000;
/** Shortest time between two questions, in milliseconds: however many requests there are for a cluster without a tunnel. */
const MIN_INTERVAL_MS = 200;

/** Makes routes, none known. */
export function createTunnelRoutes({ load, clock, logger }: TunnelRoutesOptions): TunnelRoutes {
  let known = new Map<ClusterId, readonly TunnelRoute[]>();
  let askedMs = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;
  const seenMs = new Map<ClusterId, number>();

  async function ask(): Promise<void> {
    askedMs = clock.monotonicMs();
    try {
      const routes = await load();
      known = groupRoutes(routes);
      for (const clusterId of known.keys()) seenMs.set(clusterId, clock.monotonicMs());
    } catch (err) {
      // What was known before goes on to be used: a route that leads nowhere is found out by who takes it.
      logger.warn({ err }, 'where the tunnels of other servers end could not be read');
    } finally {
      asking = undefined;
    }
  }

  return {
    of(clusterId) {
      const routes = known.get(clusterId);
      const ageMs = clock.monotonicMs() - askedMs;
      if (asking === undefined && ageMs >= (routes === undefined ? MIN_INTERVAL_MS : FRESH_MS)) asking = ask();
      if (routes !== undefined) return routes;
      return asking === undefined ? [] : asking.then(() => known.get(clusterId) ?? []);
    },
    drop(clusterId, replicaId) {
      const rest = known.get(clusterId)?.filter((route) => route.replicaId !== replicaId) ?? [];
      if (rest.length > 0) known.set(clusterId, rest);
      else known.delete(clusterId);
    },
    lastSeenMs: (clusterId) => seenMs.get(clusterId),
  };
}

function groupRoutes(routes: readonly TunnelRoute[]): Map<ClusterId, readonly TunnelRoute[]> {
  const groups = new Map<ClusterId, TunnelRoute[]>();
  for (const route of routes) groups.set(route.clusterId, [...(groups.get(route.clusterId) ?? []), route]);
  return groups;
}
