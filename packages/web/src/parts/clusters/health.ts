import type { AgentList, ClusterHealth, JoinTokenList, KindResource, WhoAmI } from '@sallyport/core/api';
import type { GateState } from '../../ui/gate.tsx';

/** The health of a cluster in the sign and the word for it. */
export function healthOf({ status }: Pick<ClusterHealth, 'status'>): {
  readonly gate: GateState;
  readonly word: string;
} {
  switch (status) {
    case 'connected':
      return { gate: 'open', word: 'Healthy' };
    case 'unhealthy':
      return { gate: 'closing', word: 'Degraded' };
    case 'disconnected':
      return { gate: 'barred', word: 'Offline' };
    case 'pending':
      return { gate: 'waiting', word: 'Not installed yet' };
  }
}

/** How many clusters are in which state, as one line says it: those that are well first, of the others only what there is. */
export function countHealth(
  clusters: readonly KindResource<'Cluster'>[],
): Readonly<Record<ClusterHealth['status'], number>> {
  const counts = { connected: 0, unhealthy: 0, disconnected: 0, pending: 0 };
  for (const { status } of clusters) counts[status.health.status] += 1;
  return counts;
}

/** Until when something that the reader was granted is open on a cluster, with its role; the last to close. */
export function grantOn(
  grants: WhoAmI['grants'],
  cluster: { readonly name: string; readonly project?: string | undefined },
  now: Date,
): WhoAmI['grants'][number] | undefined {
  const open = grants.filter(({ scope, startsAt, endsAt }) => {
    const reaches =
      scope.kind === 'organization' ||
      (scope.kind === 'clusters' && scope.clusters.includes(cluster.name)) ||
      (scope.kind === 'projects' && scope.projects.includes(cluster.project ?? 'default'));
    return reaches && startsAt <= now && now < endsAt;
  });
  return open.toSorted((a, b) => b.endsAt.getTime() - a.endsAt.getTime())[0];
}

/** Whether a scope that names things reaches a cluster. Selectors are the server's to read. */
export function reachesCluster(
  scope: WhoAmI['grants'][number]['scope'],
  cluster: { readonly name: string; readonly project?: string | undefined },
): boolean {
  switch (scope.kind) {
    case 'installation':
    case 'organization':
      return true;
    case 'projects':
      return scope.projects.includes(cluster.project ?? 'default');
    case 'clusters':
      return scope.clusters.includes(cluster.name);
    case 'clusterSelector':
      return false;
  }
}

/** One step of an agent's way from its manifest to its work. */
export interface LifeStep {
  readonly title: string;
  readonly state: 'done' | 'current' | 'waiting' | 'failed';
  /** What is known of it, or what to do. */
  readonly detail: string;
}

/** What the life of an agent is read from. What the reader may not see is absent. */
export interface AgentFacts {
  readonly health: ClusterHealth;
  readonly agents?: AgentList | undefined;
  readonly joinTokens?: JoinTokenList | undefined;
}

/** The way of a cluster's first agent: its manifest is made, it enrols, it dials, its API server answers. */
export function agentLife({ health, agents, joinTokens }: AgentFacts): readonly LifeStep[] {
  const hasTunnel = health.connectedAgents > 0;
  const hasEnrolled = hasTunnel || (agents?.items.length ?? 0) > 0 || health.status !== 'pending';
  const hasManifest = hasEnrolled || (joinTokens?.items.length ?? 0) > 0;
  const isHealthy = health.status === 'connected';
  const first = [hasManifest, hasEnrolled, hasTunnel, isHealthy].indexOf(false);
  const state = (index: number, isDone: boolean): LifeStep['state'] =>
    isDone ? 'done' : index === first ? 'current' : 'waiting';
  return [
    {
      title: 'Manifest made',
      state: state(0, hasManifest),
      detail: hasManifest
        ? 'It holds a join token that is good once.'
        : 'Run the command; it prints the manifest and applies it.',
    },
    {
      title: 'Agent enrolled',
      state: state(1, hasEnrolled),
      detail: hasEnrolled
        ? 'It has a certificate over a key that never leaves the cluster.'
        : 'Its pods start and exchange the join token for a certificate.',
    },
    {
      title: 'Tunnel open',
      state: hasTunnel || first !== 2 || health.status !== 'disconnected' ? state(2, hasTunnel) : 'failed',
      detail: hasTunnel
        ? `${health.connectedAgents} ${health.connectedAgents === 1 ? 'tunnel' : 'tunnels'}, dialled from inside.`
        : (health.reason ?? 'The agent dials out to this server; nothing dials in.'),
    },
    {
      title: 'Healthy',
      state: health.status === 'unhealthy' ? 'failed' : state(3, isHealthy),
      detail: isHealthy ? 'Its API server answers.' : (health.reason ?? 'Its API server is asked through the tunnel.'),
    },
  ];
}
