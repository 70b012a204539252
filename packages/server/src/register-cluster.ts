import type { AuditEventCode, AuditFacts } from '@sallyport/audit';
import { type Clock, type Cluster, createId } from '@sallyport/core';
import { commitChanges } from './resources/commit-changes.ts';
import type { Draft } from './resources/draft.ts';
import { nameTaken, type PlannedChange } from './resources/plan-change.ts';
import type { SnapshotSource } from './snapshot.ts';
import type { IssuedJoinToken, Organization, Store, Transaction } from './stores/index.ts';
import { DEFAULT_PROJECT } from './stores/record-writer.ts';
import { systemEvent } from './system-event.ts';

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

/**
 * Registers a cluster in the project `default` and issues its first join token, in one transaction: on the authority of
 * whoever runs the server, so nobody's permissions are asked for and no principal stands in the audit events. The limits of
 * the installation hold all the same.
 * @throws ApiError `ERR_API_CONFLICT` when the name is taken, `ERR_API_LIMIT`
 */
export async function registerCluster(
  { joinTokenLifetimeMs, ...context }: RegistrarOptions,
  { organization, name, labels }: NewCluster,
): Promise<{ readonly cluster: Cluster; readonly joinToken: IssuedJoinToken }> {
  const id = createId('cluster', context.clock.now());
  const eventOf = <Code extends AuditEventCode>(code: Code, facts: AuditFacts<Code>) =>
    systemEvent(context, code, { organizationId: organization.id, ...facts });
  const issued: { joinToken?: IssuedJoinToken } = {};

  async function issueJoinToken(tx: Transaction): Promise<void> {
    issued.joinToken = await tx.issueJoinToken(id, joinTokenLifetimeMs);
    const details = { joinTokenId: issued.joinToken.id, expiresAt: issued.joinToken.expiresAt.toISOString() };
    await tx.appendAudit(eventOf('cluster.join_token.issued', { clusterId: id, clusterName: name, details }));
  }

  function plan(draft: Draft): PlannedChange {
    if (draft.find('Cluster', name, organization.id) !== undefined) throw nameTaken('Cluster', name);
    const project = draft.find('Project', DEFAULT_PROJECT, organization.id);
    if (project === undefined) throw new Error(`${organization.name} has no project ${DEFAULT_PROJECT}`);
    const record = {
      id,
      organizationId: organization.id,
      name,
      labels,
      projectId: project.id,
      sharedWithProjectIds: [],
      spec: {},
    };
    draft.put('Cluster', record);
    return {
      kind: 'Cluster',
      name,
      action: 'created',
      recordKind: 'Cluster',
      id,
      record,
      expected: 'absent',
      alongside: issueJoinToken,
      after: { name, labels, spec: { project: DEFAULT_PROJECT } },
    };
  }

  await commitChanges({ context, organization, plan: (draft) => [plan(draft)], eventOf });
  if (issued.joinToken === undefined) throw new Error(`the join token of ${name} was not issued`);
  return { cluster: { id, organizationId: organization.id, name, labels }, joinToken: issued.joinToken };
}
