import { type AuditEvent, type AuditEventCode, type AuditFacts, createAuditEvent } from '@sallyport/audit';
import type { Clock } from '@sallyport/core';
import type { SnapshotSource } from './snapshot.ts';

/**
 * An audit event of something that no principal did: the server itself, or an agent. Where `facts` name a cluster, its
 * organization and name are added, so that whoever reads that organization's audit finds it.
 */
export function systemEvent<Code extends AuditEventCode>(
  { clock, snapshots }: { readonly clock: Clock; readonly snapshots: Pick<SnapshotSource, 'current'> },
  code: Code,
  facts: AuditFacts<Code>,
): AuditEvent<Code> {
  const { clusterId } = facts;
  const cluster = clusterId === undefined ? undefined : snapshots.current().clusters.get(clusterId);
  const where = cluster && { organizationId: cluster.organizationId, clusterName: cluster.name };
  return createAuditEvent(code, clock.now(), { ...where, ...facts });
}
