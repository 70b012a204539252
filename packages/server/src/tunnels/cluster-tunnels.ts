import type { ClusterId } from '@sallyport/core';
import type { Tunnel } from '@sallyport/tunnel';
import type { TunnelRegistry } from './registry.ts';

/** A way to an agent of a cluster. */
export interface TunnelWay {
  readonly tunnel: Pick<Tunnel, 'open'>;
}

/** Where requests for clusters go; a {@link TunnelRegistry} is one. */
export interface ClusterTunnels {
  /** A way to an agent of the cluster; `undefined` when there is none at this moment. */
  pick(clusterId: ClusterId): TunnelWay | undefined | Promise<TunnelWay | undefined>;
  /** Whether a cluster without a way may be back in a moment. */
  isReconnecting(clusterId: ClusterId): boolean;
}

/** Tunnels that end here first, then those of other replicas. */
export function joinTunnels(registry: TunnelRegistry, others: ClusterTunnels): ClusterTunnels {
  return {
    pick: (clusterId) => registry.pick(clusterId) ?? others.pick(clusterId),
    isReconnecting: (clusterId) => registry.isReconnecting(clusterId) || others.isReconnecting(clusterId),
  };
}
