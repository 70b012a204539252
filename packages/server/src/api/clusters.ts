import { type Cluster, createId } from '@sallyport/core';
import type { ClusterList, ClusterResource, RegisterCluster, RegisteredCluster } from '@sallyport/core/api';
import { ApiError } from '../errors.ts';
import { type ClusterInventory, type IssuedJoinToken, StoreError } from '../stores/index.ts';
import { type ApiContext, type Call, callEvent, type Handler } from './context.ts';
import { assertPermitted, locateCluster } from './locate.ts';
import { isPermitted, rolesOf } from './permissions.ts';

/** Lists the clusters that the caller may see, by name. */
export const listClusters: Handler = async (context, call): Promise<ClusterList> => {
  const { organization, principal } = call.caller;
  const snapshot = context.snapshots.current();
  const inventories = await readInventories(context);
  const items = [...snapshot.clusters.values()]
    .filter((cluster) => cluster.organizationId === organization.id)
    .filter((cluster) => isPermitted(snapshot, principal, 'clusters.read', cluster))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((cluster) => describeCluster(context, call, cluster, inventories.get(cluster.id)));
  return { items };
};

/** Shows one cluster. */
export const getCluster: Handler = async (context, call): Promise<ClusterResource> => {
  const cluster = locateCluster(context, call, 'clusters.read');
  return describeCluster(context, call, cluster, (await readInventories(context)).get(cluster.id));
};

/** Registers a cluster and issues its first join token. */
export const registerCluster: Handler = async (context, call): Promise<RegisteredCluster> => {
  const { store, snapshots, clock, joinTokenLifetimeMs } = context;
  const { organization } = call.caller;
  assertPermitted(context, call, 'clusters.create');
  const { name, labels = {} } = call.body as RegisterCluster;
  const current = await snapshots.refresh();
  if (current.findCluster(organization.name, name) !== undefined) throw nameTaken(name);
  const cluster: Cluster = { id: createId('cluster', clock.now()), organizationId: organization.id, name, labels };
  const joinToken = await refuseTaken(name, () =>
    store.transact(async (tx) => {
      await tx.putCluster(cluster);
      const issued = await tx.issueJoinToken(cluster.id, joinTokenLifetimeMs);
      const about = { clusterId: cluster.id, clusterName: name };
      await tx.appendAudit(callEvent(context, call, 'cluster.registered', about));
      await tx.appendAudit(
        callEvent(context, call, 'cluster.join_token.issued', { ...about, details: { joinTokenId: issued.id } }),
      );
      return issued;
    }),
  );
  await snapshots.refresh();
  return describeRegistration(context, call, cluster, joinToken);
};

/** Issues a further join token for a cluster. */
export const issueJoinToken: Handler = async (context, call): Promise<RegisteredCluster> => {
  assertPermitted(context, call, 'clusters.create');
  const cluster = locateCluster(context, call, 'clusters.read');
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
  return describeRegistration(context, call, cluster, joinToken);
};

/** Two callers can find the same name free; the database takes the first. */
async function refuseTaken<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreError && error.code === 'ERR_STORE_CONFLICT') throw nameTaken(name);
    throw error;
  }
}

function nameTaken(name: string): ApiError {
  return new ApiError({
    code: 'ERR_API_CONFLICT',
    message: `a cluster named ${name} is registered already`,
    nextStep: 'Choose another name, or issue a further join token for the cluster that has it.',
  });
}

async function readInventories({ store }: ApiContext): Promise<ReadonlyMap<string, ClusterInventory>> {
  return new Map((await store.inventories()).map((inventory) => [inventory.clusterId, inventory]));
}

function describeCluster(
  context: ApiContext,
  { caller }: Call,
  cluster: Cluster,
  inventory: ClusterInventory | undefined,
): ClusterResource {
  const snapshot = context.snapshots.current();
  const connectedAgents = context.connectedAgents(cluster.id);
  const hasEnrolled = [...snapshot.agentCertificates.values()].some(({ clusterId }) => clusterId === cluster.id);
  return {
    id: cluster.id,
    name: cluster.name,
    organization: caller.organization.name,
    labels: { ...cluster.labels },
    roles: rolesOf(snapshot, caller.principal, cluster)
      .map((role) => role.name)
      .sort(),
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
  };
}

function describeRegistration(
  context: ApiContext,
  call: Call,
  cluster: Cluster,
  joinToken: IssuedJoinToken,
): RegisteredCluster {
  return {
    cluster: describeCluster(context, call, cluster, undefined),
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
