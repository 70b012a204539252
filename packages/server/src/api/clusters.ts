import type { Cluster } from '@sallyport/core';
import type { KindResource } from '@sallyport/core/api';
import type { LiveLogin } from '../authn/login-sessions.ts';
import type { Snapshot } from '../snapshot.ts';
import type { ApiContext, Handler } from './context.ts';
import { locateCluster } from './locate.ts';

/** How a cluster is reached now, and what the caller holds there. */
export function describeClusterStatus(
  context: ApiContext,
  snapshot: Snapshot,
  { principal, organization }: LiveLogin,
  cluster: Cluster,
): KindResource<'Cluster'>['status'] {
  return {
    roles: [...snapshot.permissions.rolesOn(principal, { kind: 'cluster', cluster })],
    health: context.clusterMonitor.health(cluster.id),
    kubeUrl: `${context.publicUrl}/k/${organization.name}/${cluster.name}`,
  };
}

/** Shows the nodes and namespaces of a cluster as the server saw them last. */
export const getClusterInventory: Handler = async (context, call) => {
  const cluster = locateCluster(context, call, 'agents.read');
  const inventory = await context.store.clusters.inventory(cluster.id);
  if (inventory === undefined) return { nodeCount: 0, readyNodeCount: 0, namespaceCount: 0, nodes: [], namespaces: [] };
  const { clusterId: _, ...shown } = inventory;
  return shown;
};
