import type { Clock, ClusterId } from '@sallyport/core';
import type { Tunnel } from '@sallyport/tunnel';

/** One registered tunnel of a cluster. */
export interface RegisteredTunnel {
  readonly clusterId: ClusterId;
  readonly tunnel: Tunnel;
  /** Serial number of the agent's certificate, lower-case hex. */
  readonly certificateSerial: string;
  /** Which replica of the agent dialled, by its own word; for people only. */
  readonly instanceId: string;
  readonly agentVersion: string;
  readonly openedAt: Date;
  /** What the agent last said of its API server; `undefined` when it has said nothing. */
  readonly apiServer?: () => ApiServerReport | undefined;
  /** Why people can't act through it as the mode of the cluster wants it; `undefined` when they can. */
  readonly modeProblem?: () => string | undefined;
  /** Whether the agent has shown in which cluster it runs. */
  readonly isAttested?: boolean;
}

/** How an agent finds its API server. */
export interface ApiServerReport {
  /** Why it can't be used; absent while it can. */
  readonly failure?: string;
  /** Why nobody can act through the agent although it can be used; absent while they can. */
  readonly modeFailure?: string;
}

/** What this replica alone sees of a cluster's tunnels, at this moment. */
export interface TunnelHealth {
  readonly state: 'connected' | 'disconnected';
  readonly tunnelCount: number;
  readonly agentVersions: readonly string[];
  /** When the last tunnel went; absent while connected, or when none was ever seen by this replica. */
  readonly disconnectedAt?: Date;
}

/** Tunnels of this replica, by cluster. */
export interface TunnelRegistry {
  /** Adds a tunnel; it leaves by itself when it closes, and only its own entry ever does (SEC-D22). */
  add(entry: RegisteredTunnel): void;
  /** The open tunnel of a cluster with the fewest queued bytes, or `undefined`. */
  pick(clusterId: ClusterId): RegisteredTunnel | undefined;
  health(clusterId: ClusterId): TunnelHealth;
  /** Whether a cluster without a tunnel may be back in a moment: it lost its last one, or the replica started, shortly ago. */
  isReconnecting(clusterId: ClusterId): boolean;
  entries(): Iterable<RegisteredTunnel>;
  /** The tunnels of a cluster. */
  of(clusterId: ClusterId): readonly RegisteredTunnel[];
  /** Calls `listener` whenever a cluster gains its first tunnel or loses its last. */
  onChange(listener: (clusterId: ClusterId) => void): () => void;
}

/** Options of {@link createTunnelRegistry}. */
export interface TunnelRegistryOptions {
  readonly clock: Clock;
  /** How long after the loss of the last tunnel clients are told to wait and try again. Default 60,000. */
  readonly reconnectGraceMs?: number;
}

/** Makes a registry, empty. */
export function createTunnelRegistry({ clock, reconnectGraceMs = 60_000 }: TunnelRegistryOptions): TunnelRegistry {
  const byCluster = new Map<ClusterId, Set<RegisteredTunnel>>();
  const lostAt = new Map<ClusterId, number>();
  const startedAt = clock.now();
  const listeners = new Set<(clusterId: ClusterId) => void>();
  const notify = (clusterId: ClusterId) => {
    for (const listener of listeners) listener(clusterId);
  };

  function remove(entry: RegisteredTunnel): void {
    const entries = byCluster.get(entry.clusterId);
    if (!entries?.delete(entry) || entries.size > 0) return;
    byCluster.delete(entry.clusterId);
    lostAt.set(entry.clusterId, clock.now());
    notify(entry.clusterId);
  }

  return {
    add(entry) {
      const entries = byCluster.get(entry.clusterId) ?? new Set();
      const isFirst = entries.size === 0;
      byCluster.set(entry.clusterId, entries.add(entry));
      void entry.tunnel.closed.then(() => remove(entry));
      if (isFirst) notify(entry.clusterId);
    },
    pick(clusterId) {
      let best: RegisteredTunnel | undefined;
      for (const entry of byCluster.get(clusterId) ?? []) {
        if (entry.tunnel.state !== 'open') continue;
        if (best === undefined || load(entry) < load(best)) best = entry;
      }
      return best;
    },
    health(clusterId) {
      const entries = [...(byCluster.get(clusterId) ?? [])];
      const lost = lostAt.get(clusterId);
      return {
        state: entries.length > 0 ? 'connected' : 'disconnected',
        tunnelCount: entries.length,
        agentVersions: [...new Set(entries.map((entry) => entry.agentVersion))].sort(),
        ...(entries.length === 0 && lost !== undefined && { disconnectedAt: new Date(lost) }),
      };
    },
    isReconnecting(clusterId) {
      return clock.now() - (lostAt.get(clusterId) ?? startedAt) < reconnectGraceMs;
    },
    *entries() {
      for (const entries of byCluster.values()) yield* entries;
    },
    of: (clusterId) => [...(byCluster.get(clusterId) ?? [])],
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Queued bytes first; between idle tunnels the one with fewer streams. */
function load(entry: RegisteredTunnel): number {
  return entry.tunnel.queuedBytes * 65_536 + entry.tunnel.streamCount;
}
