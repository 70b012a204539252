import type { HealthStatus, TunnelSighting } from '../stores/cluster-contracts.ts';

/** How long a change must last before it is told. */
export interface ClusterHealthLimits {
  /** For better: from unreachable to connected. Default 5,000 ms. */
  readonly upAfterMs: number;
  /** For worse: an agent that restarts or dials anew is back sooner. Default 10,000 ms. */
  readonly downAfterMs: number;
}

/** Defaults of {@link ClusterHealthLimits}. */
export const CLUSTER_HEALTH_LIMITS: ClusterHealthLimits = { upAfterMs: 5_000, downAfterMs: 10_000 };

/** What can be seen of a cluster at one moment. */
export interface ClusterObservation {
  /** On all servers. */
  readonly tunnels: readonly TunnelSighting[];
  /** Why the last look at version, nodes and namespaces failed; absent when it did not. */
  readonly inventoryFailure?: string;
  /** Whether an agent holds a certificate that lives. */
  readonly hasAgent: boolean;
  /** Versions of agents that the server does not support. */
  readonly unsupportedVersions: readonly string[];
}

/** A status with the sentence that explains it. */
export interface Judgement {
  readonly status: HealthStatus;
  /** Absent when all is well. */
  readonly reason?: string;
}

/** A judgement that has been told, and the other one that is about to be. */
export interface HealthState {
  readonly told: Judgement & { /** Absent: nothing was ever told. */ readonly changedAt?: Date };
  /** What is seen instead, in milliseconds since the epoch. */
  readonly candidate?: { readonly status: HealthStatus; readonly since: number };
}

/** The state of a cluster that nothing was told of yet. */
export const UNTOLD: HealthState = { told: { status: 'pending' } };

/** Judges one observation by itself. */
export function judge({ tunnels, inventoryFailure, hasAgent, unsupportedVersions }: ClusterObservation): Judgement {
  if (tunnels.length === 0) {
    return hasAgent
      ? { status: 'disconnected', reason: 'no agent of the cluster is connected' }
      : { status: 'pending', reason: 'no agent holds a certificate: install one with a join token' };
  }
  const failures = tunnels.flatMap(({ apiServerFailure }) => apiServerFailure ?? []);
  const [failure] = failures;
  if (failure !== undefined && failures.length === tunnels.length) {
    return { status: 'unhealthy', reason: `the API server does not answer its agents: ${failure}` };
  }
  const problems = tunnels.flatMap(({ modeProblem }) => modeProblem ?? []);
  const [problem] = problems;
  if (problem !== undefined && problems.length === tunnels.length) {
    return { status: 'unhealthy', reason: `people can not act in the cluster as it is set: ${problem}` };
  }
  const isUntold = tunnels.every(({ reportsHealth }) => !reportsHealth);
  if (inventoryFailure !== undefined && isUntold) {
    return { status: 'unhealthy', reason: `the API server does not answer: ${inventoryFailure}` };
  }
  return withReason('connected', [
    failure !== undefined && `${failures.length} of ${tunnels.length} agents can not reach the API server: ${failure}`,
    problem !== undefined && `people can not act through ${problems.length} of ${tunnels.length} agents: ${problem}`,
    inventoryFailure !== undefined && `version, nodes and namespaces can not be read: ${inventoryFailure}`,
    unsupportedVersions.length > 0 && `agents of version ${unsupportedVersions.join(', ')} are not supported any more`,
  ]);
}

function withReason(status: HealthStatus, reasons: readonly (string | false)[]): Judgement {
  const reason = reasons.filter((text) => text !== false).join('; ');
  return reason === '' ? { status } : { status, reason };
}

/**
 * Takes one judgement into account. Another status is told once it has lasted; another reason for the same status at once,
 * and it is no change. The first connection of a cluster is told at once, and no cluster that was ever reached is called
 * `pending` again.
 */
export function advance(
  { told, candidate }: HealthState,
  judgement: Judgement,
  at: number,
  limits: ClusterHealthLimits = CLUSTER_HEALTH_LIMITS,
): HealthState {
  const { status } =
    judgement.status === 'pending' && told.changedAt !== undefined ? { status: 'disconnected' as const } : judgement;
  const seen = { ...judgement, status };
  if (status === told.status) return { told: { ...seen, ...(told.changedAt && { changedAt: told.changedAt }) } };
  const since = candidate?.status === status ? candidate.since : at;
  if (at - since >= delayOf(told, status, limits)) return { told: { ...seen, changedAt: new Date(at) } };
  return { told, candidate: { status, since } };
}

function delayOf(told: HealthState['told'], status: HealthStatus, limits: ClusterHealthLimits): number {
  if (status !== 'connected') return limits.downAfterMs;
  return told.changedAt === undefined ? 0 : limits.upAfterMs;
}
