import type { OrganizationId, Principal, PrincipalId } from '@sallyport/core';
import type { BuiltInRoleName } from './built-in-roles.ts';
import type { Policy } from './compile-policy.ts';

/** What ownership is judged on: live records of one instant. A snapshot is one. */
export interface OwnershipRecords {
  readonly policy: Policy;
  readonly principals: ReadonlyMap<PrincipalId, Principal>;
}

const OWNER: BuiltInRoleName = 'owner';

/**
 * The people who own an organization now: users, not disabled, to whom the built-in role `owner` is bound in the whole of it,
 * by themselves or by a group that they are in at this moment, and without a condition. A group of owners without a member owns nothing, and no
 * service account counts, since nobody can sign in as one to mend what is broken.
 */
export function ownersOf(
  { policy, principals }: OwnershipRecords,
  organizationId: OrganizationId,
): readonly Principal[] {
  return [...principals.values()].filter(
    (principal) =>
      principal.organizationId === organizationId &&
      principal.kind === 'user' &&
      policy
        .bindingsOf(principal)
        .some(
          ({ compiledRole, scope, condition }) =>
            compiledRole.role.name === OWNER &&
            scope.reachesOrganization &&
            !scope.isNarrowed &&
            condition === undefined,
        ),
  );
}

/** Whether an organization that has an owner would have none after a change. */
export function wouldLoseLastOwner(
  before: OwnershipRecords,
  after: OwnershipRecords,
  organizationId: OrganizationId,
): boolean {
  return ownersOf(before, organizationId).length > 0 && ownersOf(after, organizationId).length === 0;
}
