import type { WhoAmI } from '@sallyport/core/api';
import { describeScope } from '../resources/definitions/describe-reach.ts';
import type { Handler } from './context.ts';
import { targetOf } from './permissions.ts';

/** Tells who the caller is. */
export const whoAmI: Handler = async ({ snapshots }, { caller }): Promise<WhoAmI> => {
  const { principal, organization, loginSession } = caller;
  const snapshot = snapshots.current();
  const permissions = snapshot.permissions.permissionsOf(principal, targetOf(principal));
  const { organizationId: _, groups, ...person } = principal;
  return {
    principal: { ...person, groups: [...groups] },
    organization: { id: organization.id, name: organization.name },
    loginSession: { id: loginSession.id, createdAt: loginSession.createdAt, expiresAt: loginSession.expiresAt },
    permissions: [...permissions].sort(),
    grants: [...snapshot.grants.values()]
      .filter(({ principalId }) => principalId === principal.id)
      .sort((a, b) => a.endsAt.getTime() - b.endsAt.getTime())
      .map(({ id, roleId, scope, startsAt, endsAt }) => ({
        id,
        role: snapshot.get('Role', roleId)?.name ?? roleId,
        scope: describeScope(scope, snapshot),
        startsAt,
        endsAt,
      })),
    pendingReviews: 0,
  };
};

/** Ends the caller's own login session. Which one that is comes from the access token alone. */
export const logOut: Handler = async ({ loginSessions }, { caller, sourceAddress }) => {
  await loginSessions.end(caller.loginSession.id, sourceAddress);
};
