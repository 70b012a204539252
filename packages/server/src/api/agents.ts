import { type AgentId, isId } from '@sallyport/core';
import type { AgentList } from '@sallyport/core/api';
import { ApiError } from '../errors.ts';
import type { AgentCertificate } from '../stores/contracts.ts';
import { versionSkew } from '../tunnels/version-skew.ts';
import { callEvent, type Handler } from './context.ts';
import { locateCluster } from './locate.ts';

/** Lists the agents that hold a live certificate for a cluster, the newest first. */
export const listAgents: Handler = async (context, call): Promise<AgentList> => {
  const cluster = locateCluster(context, call, 'agents.read');
  const certificates = new Map<AgentId, AgentCertificate[]>();
  for (const certificate of context.snapshots.current().agentCertificates.values()) {
    if (certificate.clusterId !== cluster.id || certificate.notAfter.getTime() <= context.clock.now()) continue;
    certificates.set(certificate.id, [...(certificates.get(certificate.id) ?? []), certificate]);
  }
  const records = new Map((await context.store.clusters.agents(cluster.id)).map((agent) => [agent.id, agent]));
  const tunnels = context.clusterMonitor.tunnels(cluster.id);
  const items = [...certificates].map(([id, held]) => {
    const newest = held.reduce((one, other) => (other.notAfter > one.notAfter ? other : one));
    const own = tunnels.filter(({ serial }) => held.some((certificate) => certificate.serial === serial));
    const openedAt = own.map((tunnel) => tunnel.openedAt.getTime());
    const version = own.at(-1)?.agentVersion;
    const record = records.get(id);
    return {
      id,
      serial: newest.serial,
      expiresAt: newest.notAfter,
      ...(record && { enrolledAt: record.enrolledAt }),
      identity: record?.attestation === undefined ? ('unverified' as const) : ('verified' as const),
      isConnected: own.length > 0,
      tunnelCount: own.length,
      ...(own.length > 0 && { connectedAt: new Date(Math.min(...openedAt)) }),
      ...(version !== undefined && { version, versionSkew: versionSkew(version, context.version) }),
    };
  });
  return { items: items.sort((a, b) => (a.id < b.id ? 1 : -1)) };
};

/**
 * Voids the certificates of an agent. Its tunnels end on every server as soon as the change has reached it, and it can neither
 * dial nor renew; to come back it needs a new join token.
 */
export const revokeAgent: Handler = async (context, call) => {
  const cluster = locateCluster(context, call, 'agents.revoke');
  const id = call.parameters['id'] ?? '';
  const revokedCount = await context.store.transact(async (tx) => {
    const count = isId('agent', id) ? await tx.revokeAgent(cluster.id, id) : 0;
    if (count === 0) return 0;
    await tx.appendAudit(
      callEvent(context, call, 'agent.revoked', {
        severity: 'notice',
        clusterId: cluster.id,
        clusterName: cluster.name,
        details: { agentId: id, certificateCount: count },
      }),
    );
    return count;
  });
  if (revokedCount === 0) {
    throw new ApiError({
      code: 'ERR_API_NOT_FOUND',
      message: `the cluster ${cluster.name} has no agent ${JSON.stringify(id.slice(0, 64))}`,
      nextStep: `Run \`sallyport clusters agents ${cluster.name}\` to see its agents.`,
    });
  }
  await context.snapshots.refresh();
};
