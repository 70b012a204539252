import { createId } from '@sallyport/core';
import { API_PREFIX } from '@sallyport/core/api';
import { type MockHandlers, notFound } from './handlers.ts';
import { clusterNamed } from './resource-handlers.ts';
import type { MockWorld } from './world.ts';

const HOUR_MS = 3_600_000;
const TICKET_MS = 30_000;
const NAMESPACES = ['checkout', 'customs', 'ledger', 'payments', 'payments-jobs', 'tracking'];

/** Agents, join tokens and the inventory of clusters, and tickets for their WebSockets. */
export const clusterHandlers: MockHandlers<
  | 'listAgents'
  | 'revokeAgent'
  | 'getClusterInventory'
  | 'listJoinTokens'
  | 'issueJoinToken'
  | 'revokeJoinToken'
  | 'issueKubeTicket'
> = {
  listAgents: ({ input: { name }, world }) => {
    world.agents[name] ??= agentsOf(clusterNamed(world, name).status.health.connectedAgents, world.now);
    return { items: world.agents[name] };
  },
  revokeAgent: ({ input: { name, id }, world }) => {
    const agents = world.agents[name] ?? [];
    if (!agents.some((agent) => agent.id === id)) throw notFound('agent');
    world.agents[name] = agents.filter((agent) => agent.id !== id);
    return undefined;
  },
  getClusterInventory: ({ input: { name }, world }) => {
    const { health } = clusterNamed(world, name).status;
    const { nodeCount = 0, readyNodeCount = 0, kubernetesVersion, observedAt } = health;
    return {
      nodeCount,
      readyNodeCount,
      namespaceCount: NAMESPACES.length,
      nodes: Array.from({ length: nodeCount }, (_, index) => ({
        name: `${name}-node-${index + 1}`,
        isReady: index < readyNodeCount,
        kubeletVersion: kubernetesVersion ?? '',
        labels: { 'topology.kubernetes.io/zone': 'abc'[index % 3] ?? 'a' },
      })),
      namespaces: NAMESPACES.map((namespace) => ({ name: namespace, labels: { team: namespace } })),
      ...(kubernetesVersion !== undefined && { kubernetesVersion }),
      ...(observedAt !== undefined && { observedAt }),
    };
  },
  listJoinTokens: ({ input: { name }, world }) => ({ items: world.joinTokens[name] ?? [] }),
  issueJoinToken: ({ input: { name }, world }) => {
    const { metadata } = clusterNamed(world, name);
    const createdAt = new Date();
    const token = { id: createId('joinToken'), createdAt, expiresAt: new Date(createdAt.getTime() + HOUR_MS) };
    world.joinTokens[name] = [...(world.joinTokens[name] ?? []), token];
    return {
      joinToken: { id: token.id, token: 'spj_of-the-mock', expiresAt: token.expiresAt },
      install: {
        serverUrl: 'https://sallyport.example.com',
        caPem: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
        clusterId: metadata.id,
        clusterName: name,
        capabilityJwks: { keys: [] },
        agents: { address: 'sallyport.example.com', serverName: 'agents.sallyport.example.com' },
      },
    };
  },
  revokeJoinToken: ({ input: { name, id }, world }) => {
    world.joinTokens[name] = (world.joinTokens[name] ?? []).filter((token) => token.id !== id);
    return undefined;
  },
  issueKubeTicket: ({ input: { id, body } }) => ({
    path: `${API_PREFIX}/clusters/${id}/kube${body.target}${body.target.includes('?') ? '&' : '?'}ticket=of-the-mock`,
    expiresAt: new Date(Date.now() + TICKET_MS),
  }),
};

const agentsOf = (count: number, now: Date): MockWorld['agents'][string] =>
  Array.from({ length: count }, (_, index) => ({
    id: createId('agent'),
    serial: `4f1c9a${index}b20e7d`,
    expiresAt: new Date(now.getTime() + 20 * HOUR_MS),
    enrolledAt: new Date(now.getTime() - 900 * HOUR_MS),
    identity: 'verified',
    isConnected: true,
    tunnelCount: 1,
    connectedAt: new Date(now.getTime() - 48 * HOUR_MS),
    version: '0.1.0',
    versionSkew: 'none',
  }));
