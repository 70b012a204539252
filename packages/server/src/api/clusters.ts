import type { Cluster } from '@sallyport/core';
import type { IssuedJoinToken as IssuedJoinTokenResource, KindResource, ResourceDocument } from '@sallyport/core/api';
import { API_VERSION } from '@sallyport/core/api';
import { registerCluster as register } from '../register-cluster.ts';
import type { ClusterInventory, IssuedJoinToken } from '../stores/index.ts';
import { type ApiContext, type Call, callEvent, type Handler } from './context.ts';
import { assertPermitted, locateCluster } from './locate.ts';
import { isPermitted, targetOf } from './permissions.ts';

/** Lists the clusters that the caller may see, by name. */
export const listClusters: Handler = async (context, call): Promise<unknown> => {
  const { organization, principal } = call.caller;
  const snapshot = context.snapshots.current();
  const inventories = await readInventories(context);
  const items = [...snapshot.clusters.values()]
    .filter((cluster) => cluster.organizationId === organization.id)
    .filter((cluster) => isPermitted(snapshot, principal, 'clusters.read', cluster))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((cluster) => describeCluster(context, call, cluster, inventories.get(cluster.id)));
  return { items, metadata: { totalCount: items.length, resourceVersion: String(snapshot.version) } };
};

/** Shows one cluster. */
export const getCluster: Handler = async (context, call): Promise<KindResource<'Cluster'>> => {
  const cluster = locateCluster(context, call, 'clusters.read');
  return describeCluster(context, call, cluster, (await readInventories(context)).get(cluster.id));
};

/** Registers a cluster. */
export const createCluster: Handler = async (context, call): Promise<KindResource<'Cluster'>> => {
  assertPermitted(context, call, 'clusters.create');
  const { metadata } = call.body as ResourceDocument<'Cluster'>;
  const { cluster } = await register(
    context,
    { organization: call.caller.organization, name: metadata.name, labels: metadata.labels ?? {} },
    (code, facts) => callEvent(context, call, code, facts),
  );
  return describeCluster(context, call, cluster, undefined);
};

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

async function readInventories({ store }: ApiContext): Promise<ReadonlyMap<string, ClusterInventory>> {
  return new Map((await store.inventories()).map((inventory) => [inventory.clusterId, inventory]));
}

function describeCluster(
  context: ApiContext,
  { caller }: Call,
  cluster: Cluster,
  inventory: ClusterInventory | undefined,
): KindResource<'Cluster'> {
  const snapshot = context.snapshots.current();
  const connectedAgents = context.connectedAgents(cluster.id);
  const hasEnrolled = [...snapshot.agentCertificates.values()].some(({ clusterId }) => clusterId === cluster.id);
  return {
    apiVersion: API_VERSION,
    kind: 'Cluster',
    metadata: {
      id: cluster.id,
      name: cluster.name,
      labels: { ...cluster.labels },
      resourceVersion: '1',
      createdAt: new Date(0),
      updatedAt: new Date(0),
    },
    spec: {},
    status: {
      roles: [...snapshot.permissions.rolesOn(caller.principal, targetOf(caller.principal, cluster))],
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
      kubeUrl: `${context.publicUrl}/k/${caller.organization.name}/${cluster.name}`,
    },
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
