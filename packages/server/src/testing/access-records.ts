import type { AccessRequest, IssuedGrant, Review } from '@sallyport/authz';
import { type Cluster, createId, type OrganizationId, type PrincipalId, type RequestPolicyId } from '@sallyport/core';
import type { KeptAccessRequest, KeptGrant, RoleRecord, Store } from '../stores/index.ts';
import { putCluster, putOrganization, putRole } from './writes.ts';

/** An organization in which one may ask for the role `deployer`. */
export interface AccessWorld {
  readonly organizationId: OrganizationId;
  readonly cluster: Cluster;
  readonly requesterId: PrincipalId;
  readonly reviewerId: PrincipalId;
  /** Reviews as well; one approval is enough. */
  readonly otherReviewerId: PrincipalId;
  readonly roleId: RoleRecord['id'];
  readonly policyId: RequestPolicyId;
}

/** Names that requests and grants of {@link AccessWorld} are kept with. */
export const ACCESS_NAMES = {
  request: { requester: 'rita@example.com', role: 'deployer', policy: 'deploys' } satisfies KeptAccessRequest['names'],
  grant: { principal: 'rita@example.com', role: 'deployer' } satisfies KeptGrant['names'],
};

/** Writes an {@link AccessWorld}. */
export async function putAccessWorld(store: Pick<Store, 'transact'>): Promise<AccessWorld> {
  const organizationId = createId('organization');
  const cluster: Cluster = { id: createId('cluster'), organizationId, name: 'prod', labels: {} };
  const roleId = createId('role');
  const policyId = createId('requestPolicy');
  const [requesterId, reviewerId, otherReviewerId] = [
    createId('principal'),
    createId('principal'),
    createId('principal'),
  ];
  const world = { organizationId, cluster, requesterId, reviewerId, otherReviewerId, roleId, policyId };
  await store.transact(async (tx) => {
    await putOrganization(tx, { id: organizationId, name: organizationId.slice(-20) });
    await putCluster(tx, cluster);
    await putPerson(tx, organizationId, requesterId, 'rita');
    await putPerson(tx, organizationId, reviewerId, 'vera');
    await putPerson(tx, organizationId, otherReviewerId, 'otto');
    await putRole(tx, { id: roleId, organizationId, name: 'deployer', ceilingGroups: ['edit'], permissions: [] });
    await tx.put('RequestPolicy', {
      id: policyId,
      organizationId,
      name: 'deploys',
      requesters: 'everyone',
      roleIds: [roleId],
      scope: { kind: 'organization' },
      maxDurationMs: 28_800_000,
      maxTotalDurationMs: 28_800_000,
      maxStartDelayMs: 604_800_000,
      pendingForMs: 86_400_000,
      steps: [
        { reviewers: [reviewerId, otherReviewerId].map((id) => ({ kind: 'principal' as const, id })), approvals: 1 },
      ],
    });
  });
  return world;
}

function putPerson(
  tx: Parameters<Parameters<Store['transact']>[0]>[0],
  organizationId: OrganizationId,
  id: PrincipalId,
  name: string,
) {
  return tx.put('Principal', {
    id,
    organizationId,
    kind: 'user',
    issuer: 'https://idp.example.com',
    subjectClaim: id,
    userName: `${name}@example.com`,
    displayName: name,
    groups: [],
    isDisabled: false,
    spec: {},
  });
}

/** A pending request of the requester for an hour on the cluster. */
export function anAccessRequest(world: AccessWorld, at: number, overrides: Partial<AccessRequest> = {}): AccessRequest {
  return {
    id: createId('accessRequest', at),
    organizationId: world.organizationId,
    requesterId: world.requesterId,
    roleId: world.roleId,
    policyId: world.policyId,
    scope: { kind: 'clusters', clusterIds: [world.cluster.id] },
    durationMs: 3_600_000,
    reason: 'a release',
    suggestedReviewerIds: [],
    isBreakGlass: false,
    createdAt: new Date(at),
    pendingUntil: new Date(at + 86_400_000),
    state: 'pending',
    reviews: [],
    ...overrides,
  };
}

/** A grant of an hour for the requester on the cluster, from now on. */
export function anIssuedGrant(world: AccessWorld, at: number, overrides: Partial<IssuedGrant> = {}): IssuedGrant {
  return {
    id: createId('grant', at),
    organizationId: world.organizationId,
    principalId: world.requesterId,
    roleId: world.roleId,
    scope: { kind: 'clusters', clusterIds: [world.cluster.id] },
    startsAt: new Date(at),
    endsAt: new Date(at + 3_600_000),
    reason: 'a release',
    createdAt: new Date(at),
    isBreakGlass: false,
    ...overrides,
  };
}

/** An approval by the reviewer. */
export function aReview(world: AccessWorld, at: number, overrides: Partial<Review> = {}): Review {
  return {
    id: createId('review', at),
    reviewerId: world.reviewerId,
    verdict: 'approve',
    step: 0,
    at: new Date(at),
    contentSha256: '0'.repeat(64),
    ...overrides,
  };
}
