import type { Principal } from '@sallyport/core';
import type { AuthorityRecords } from '../authority/gift.ts';
import type { CompiledRole } from '../compile-role.ts';
import type { CompiledRequestPolicy } from '../requests/compile-request-policy.ts';
import type { ScopeNames } from '../requests/request-facts.ts';
import type { ScopeRecords } from '../requests/within-policy.ts';
import type { AccessRequest } from './access-request.ts';
import type { IssuedGrant } from './grant.ts';

/** What life cycles are judged on: live records of one instant. A snapshot is one, but for the labels of namespaces. */
export interface LifeCycleRecords extends AuthorityRecords, ScopeRecords {}

/** A grant that is prolonged, as it is now, and when the first of its chain of renewals started. */
export interface RenewedGrant {
  readonly grant: IssuedGrant;
  readonly chainStartsAt: Date;
}

/** What a request refers to, as it is now. */
export interface RequestBasis {
  readonly requester: Principal;
  readonly role: CompiledRole;
  readonly by: CompiledRequestPolicy;
}

/** What a request refers to; `undefined` once the requester, the role or the policy is gone, or no longer sound. */
export function basisOf(request: AccessRequest, { policy, principals }: LifeCycleRecords): RequestBasis | undefined {
  const requester = principals.get(request.requesterId);
  const by = policy.requestPolicyOf(request.policyId);
  const role = policy.roleOf(request.roleId);
  if (requester === undefined || requester.isDisabled) return undefined;
  if (by === undefined || by.problem !== undefined || role === undefined || role.problem !== undefined)
    return undefined;
  const { organizationId } = request;
  const isOwn = [requester, by.policy, role.role].every((one) => one.organizationId === organizationId);
  return isOwn ? { requester, role, by } : undefined;
}

/** Names of clusters and projects in records. */
export function namesIn({ clusters, projects }: LifeCycleRecords): ScopeNames {
  return { clusterName: (id) => clusters.get(id)?.name, projectName: (id) => projects.get(id)?.name };
}
