import type { AuditEvent } from '@sallyport/audit';
import { type Clock, type Cluster, createId } from '@sallyport/core';
import { ApiError } from './errors.ts';
import type { SnapshotSource } from './snapshot.ts';
import { type IssuedJoinToken, type Organization, type Store, StoreError } from './stores/index.ts';

/** What registering works with. */
export interface RegistrarOptions {
  readonly store: Store;
  readonly snapshots: SnapshotSource;
  readonly clock: Clock;
  readonly joinTokenLifetimeMs: number;
}

/** A cluster to be registered. */
export interface NewCluster {
  readonly organization: Organization;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Makes the audit events of a registration; they commit together with it. */
export type AuditOf = (code: AuditEvent['code'], facts: Partial<AuditEvent>) => AuditEvent;

/**
 * Registers a cluster and issues its first join token, in one transaction.
 * @throws ApiError `ERR_API_CONFLICT` when the name is taken
 */
export async function registerCluster(
  { store, snapshots, clock, joinTokenLifetimeMs }: RegistrarOptions,
  { organization, name, labels }: NewCluster,
  auditOf: AuditOf,
): Promise<{ readonly cluster: Cluster; readonly joinToken: IssuedJoinToken }> {
  const current = await snapshots.refresh();
  if (current.findCluster(organization.name, name) !== undefined) throw nameTaken(name);
  const cluster: Cluster = { id: createId('cluster', clock.now()), organizationId: organization.id, name, labels };
  const about = { organizationId: organization.id, clusterId: cluster.id, clusterName: name };
  try {
    const joinToken = await store.transact(async (tx) => {
      await tx.putCluster(cluster);
      const issued = await tx.issueJoinToken(cluster.id, joinTokenLifetimeMs);
      await tx.appendAudit(auditOf('cluster.registered', about));
      await tx.appendAudit(auditOf('cluster.join_token.issued', { ...about, details: { joinTokenId: issued.id } }));
      return issued;
    });
    await snapshots.refresh();
    return { cluster, joinToken };
  } catch (error) {
    // Two callers can find the same name free; the database takes the first.
    if (error instanceof StoreError && error.code === 'ERR_STORE_NAME_TAKEN') throw nameTaken(name);
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
