import type { Cluster } from '@sallyport/core';
import type { IssuedJoinToken as IssuedJoinTokenResource, KindResource } from '@sallyport/core/api';
import type { LiveLogin } from '../authn/login-sessions.ts';
import type { Snapshot } from '../snapshot.ts';
import type { InventorySummary } from '../stores/cluster-contracts.ts';
import type { IssuedJoinToken } from '../stores/index.ts';
import { type ApiContext, callEvent, type Handler } from './context.ts';
import { locateCluster } from './locate.ts';

/** Issues a further join token for a cluster. */
export const issueJoinToken: Handler = async (context, call): Promise<IssuedJoinTokenResource> => {
  const cluster = locateCluster(context, call, 'joinTokens.create');
  const joinToken = await context.store.transact(async (tx) => {
    const issued = await tx.issueJoinToken(cluster.id, context.joinTokenLifetimeMs);
    await tx.appendAudit(
      callEvent(context, call, 'cluster.join_token.issued', {
        clusterId: cluster.id,
        clusterName: cluster.name,
        details: { joinTokenId: issued.id },
      }),
    );
    return issued;
  });
  return describeRegistration(context, cluster, joinToken);
};

/** How a cluster is reached now, and what the caller holds there. */
export function describeClusterStatus(
  context: ApiContext,
  snapshot: Snapshot,
  { principal, organization }: LiveLogin,
  cluster: Cluster,
  inventory: InventorySummary | undefined,
): KindResource<'Cluster'>['status'] {
  const connectedAgents = context.connectedAgents(cluster.id);
  const hasEnrolled = [...snapshot.agentCertificates.values()].some(({ clusterId }) => clusterId === cluster.id);
  return {
    roles: [...snapshot.permissions.rolesOn(principal, { kind: 'cluster', cluster })],
    health: {
      status: connectedAgents > 0 ? 'connected' : hasEnrolled ? 'disconnected' : 'pending',
      connectedAgents,
      ...(inventory && {
        kubernetesVersion: inventory.kubernetesVersion,
        nodeCount: inventory.nodeCount,
        namespaceCount: inventory.namespaceCount,
        observedAt: inventory.observedAt,
      }),
    },
    kubeUrl: `${context.publicUrl}/k/${organization.name}/${cluster.name}`,
  };
}

function describeRegistration(
  context: ApiContext,
  cluster: Cluster,
  joinToken: IssuedJoinToken,
): IssuedJoinTokenResource {
  return {
    joinToken: { id: joinToken.id, token: joinToken.token.reveal(), expiresAt: joinToken.expiresAt },
    install: {
      serverUrl: context.publicUrl,
      caPem: context.frontCaPem,
      clusterId: cluster.id,
      clusterName: cluster.name,
      capabilityJwks: { keys: context.capabilityJwks().keys.map((key) => ({ ...key })) },
      agents: { ...context.agents },
    },
  };
}
