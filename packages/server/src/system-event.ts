import type { AuditEvent } from '@sallyport/audit';
import { type Clock, createId } from '@sallyport/core';
import type { SnapshotSource } from './snapshot.ts';

/**
 * An audit event of something that no principal did: the server itself, or an agent. Where `facts` name a cluster, its
 * organization and name are added, so that whoever reads that organization's audit finds it.
 */
export function systemEvent(
  { clock, snapshots }: { readonly clock: Clock; readonly snapshots: Pick<SnapshotSource, 'current'> },
  code: AuditEvent['code'],
  facts: Partial<AuditEvent> = {},
): AuditEvent {
  const at = clock.now();
  const cluster = facts.clusterId === undefined ? undefined : snapshots.current().clusters.get(facts.clusterId);
  return {
    id: createId('auditEvent', at),
    code,
    at: new Date(at),
    severity: 'info',
    ...(cluster && { organizationId: cluster.organizationId, clusterName: cluster.name }),
    ...facts,
  };
}
