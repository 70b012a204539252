import { LOCAL_ISSUER, type OrganizationId, type Principal, type PrincipalId } from '@sallyport/core';
import { LoginError } from '../../errors.ts';
import type { Snapshot } from '../../snapshot.ts';

/** Whether a principal is a local user: a person for whom no identity provider vouches. */
export function isLocalUser(principal: Principal): boolean {
  return principal.kind === 'user' && principal.issuer === LOCAL_ISSUER;
}

/** The live local user of an id. `undefined` for anybody else, whatever rows there are of them. */
export function findLocalUser(snapshot: Snapshot, id: PrincipalId): Principal | undefined {
  const principal = snapshot.principals.get(id);
  if (principal === undefined || principal.isDisabled === true || !isLocalUser(principal)) return undefined;
  return principal;
}

/** Whether an organization has local users that could sign in. */
export function hasLocalUsers(snapshot: Snapshot, organizationId: OrganizationId): boolean {
  if (areLocalUsersDisabled(snapshot, organizationId)) return false;
  for (const principal of snapshot.principals.values()) {
    if (principal.organizationId === organizationId && isLocalUser(principal)) return true;
  }
  return false;
}

/**
 * Refuses whatever belongs to local users in an organization that has switched them off.
 * @throws LoginError `ERR_LOGIN_LOCAL_DISABLED`
 */
export function assertLocalUsersEnabled(snapshot: Snapshot, organizationId: OrganizationId): void {
  if (!areLocalUsersDisabled(snapshot, organizationId)) return;
  throw new LoginError({
    code: 'ERR_LOGIN_LOCAL_DISABLED',
    message: 'this organization has no local users',
    nextStep: 'Sign in with the identity provider of the organization.',
  });
}

/**
 * Refuses what only local users have for a person of an identity provider: no invitation, password, passkey or recovery may
 * be a way around it.
 * @throws LoginError `ERR_LOGIN_NOT_LOCAL`
 */
export function assertLocalUser(principal: Principal): void {
  if (isLocalUser(principal)) return;
  throw new LoginError({
    code: 'ERR_LOGIN_NOT_LOCAL',
    message: `${JSON.stringify(principal.userName)} is not a local user`,
    nextStep: 'Change how this person signs in at their identity provider.',
  });
}

function areLocalUsersDisabled(snapshot: Snapshot, organizationId: OrganizationId): boolean {
  const organization = snapshot.organizations.get(organizationId);
  return organization === undefined || organization.spec?.settings?.disableLocalUsers === true;
}
