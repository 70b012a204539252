import { type AccessRequest, type Grant, isAmong, type Reviewers, reviewerProblem, type Scope } from '@sallyport/authz';
import type { PrincipalId, RequestPolicyId } from '@sallyport/core';
import type { PlatformPermission } from '@sallyport/core/api';
import { targetsOfScope } from '../resources/definitions/targets.ts';
import { permitsAll } from '../resources/permitted.ts';
import type { RequestPolicyRecord } from '../stores/records.ts';
import type { AccessGround } from './ground.ts';

/** Whether the caller holds a permission on all of a scope. */
export function holdsOn({ snapshot, caller }: AccessGround, permission: PlatformPermission, scope: Scope): boolean {
  return permitsAll(snapshot, caller, permission, targetsOfScope(scope, caller.organizationId, snapshot));
}

/** Whether the caller holds a permission on the whole organization. */
export function holdsInOrganization({ snapshot, caller }: AccessGround, permission: PlatformPermission): boolean {
  return permitsAll(snapshot, caller, permission, [{ kind: 'organization', organizationId: caller.organizationId }]);
}

/** Whether the caller holds a permission anywhere at all. */
export function holdsSomewhere({ snapshot, caller }: AccessGround, permission: PlatformPermission): boolean {
  return snapshot.policy.bindingsOf(caller).some(({ compiledRole }) => compiledRole.permissions.has(permission));
}

/** Whether the caller may know of an access request: as whoever made it, by permission, or as one of its reviewers. */
export function maySeeRequest(
  ground: AccessGround,
  { requesterId, scope, policyId }: Pick<AccessRequest, 'requesterId' | 'scope' | 'policyId'>,
): boolean {
  if (requesterId === ground.caller.id || holdsOn(ground, 'accessRequests.read', scope)) return true;
  return isReviewerOf(ground, requesterId, scope, policyId);
}

/** Whether the caller may know of a grant; `policyId` is that of the request that it comes from. */
export function maySeeGrant(
  ground: AccessGround,
  grant: Pick<Grant, 'principalId' | 'scope'>,
  policyId: RequestPolicyId | undefined,
): boolean {
  return mayRevoke(ground, grant, policyId) || holdsOn(ground, 'grants.read', grant.scope);
}

/** Whether the caller ends a grant early: their own, by permission, or one that they could review. */
export function mayRevoke(
  ground: AccessGround,
  { principalId, scope }: Pick<Grant, 'principalId' | 'scope'>,
  policyId: RequestPolicyId | undefined,
): boolean {
  if (principalId === ground.caller.id || holdsOn(ground, 'grants.revoke', scope)) return true;
  return policyId !== undefined && isReviewerOf(ground, principalId, scope, policyId);
}

/** Policies whose requests the caller may have to review, wherever that is. */
export function policiesToReview(ground: AccessGround): readonly RequestPolicyId[] {
  const { snapshot, caller } = ground;
  const reviewsSomewhere = holdsSomewhere(ground, 'accessRequests.review');
  return snapshot
    .list('RequestPolicy', caller.organizationId)
    .filter((policy) =>
      reviewersOf(policy).some((reviewers) =>
        reviewers === 'permitted' ? reviewsSomewhere : isAmong(reviewers, caller),
      ),
    )
    .map(({ id }) => id);
}

/** Whether the caller reviews what somebody asks for under a policy: in one of its steps, or after a use in an emergency. */
function isReviewerOf(
  { snapshot, caller, records }: AccessGround,
  requesterId: PrincipalId,
  scope: Scope,
  policyId: RequestPolicyId,
): boolean {
  const policy = snapshot.requestPolicies.get(policyId);
  if (policy === undefined) return false;
  const about = { organizationId: policy.organizationId, requester: snapshot.principals.get(requesterId), scope };
  return reviewersOf(policy).some((reviewers) => reviewerProblem(reviewers, caller, about, records) === undefined);
}

/** Who reviews in each of its steps, and after a use in an emergency. */
function reviewersOf({ steps, breakGlass }: RequestPolicyRecord): readonly Reviewers[] {
  return [...steps, ...(breakGlass === undefined ? [] : [breakGlass])].map(({ reviewers }) => reviewers);
}
