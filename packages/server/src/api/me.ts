import type { WhoAmI } from '@sallyport/core/api';
import { actorOf, groundOn } from '../access-requests/ground.ts';
import { countToReview } from '../access-requests/list-requests.ts';
import { describeScope } from '../resources/definitions/describe-reach.ts';
import { brandingOf } from './branding.ts';
import type { Handler } from './context.ts';
import { targetOf } from './permissions.ts';

/** Tells who the caller is. */
export const whoAmI: Handler = async (context, call): Promise<WhoAmI> => {
  const { principal, organization, loginSession } = call.caller;
  const snapshot = context.snapshots.current();
  const anywhere = snapshot.permissions.permissionsAnywhere(principal);
  const whole = snapshot.permissions.permissionsOf(principal, targetOf(principal));
  const { organizationId: _, groups, ...person } = principal;
  const { maintenance } = snapshot.installation.spec;
  const branding = brandingOf(snapshot.installation);
  return {
    principal: { ...person, groups: [...groups] },
    organization: { id: organization.id, name: organization.name },
    loginSession: { id: loginSession.id, createdAt: loginSession.createdAt, expiresAt: loginSession.expiresAt },
    // Those of the installation stand in every owner's role, and count only for who is bound to the installation.
    permissions: [...whole].filter((permission) => anywhere.has(permission)).sort(),
    permissionsAnywhere: [...anywhere].sort(),
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
    pendingReviews: await countToReview(groundOn(context, actorOf(context, call), snapshot)),
    ...(maintenance !== undefined && { maintenance }),
    ...(branding !== undefined && { branding }),
  };
};

/** Ends the caller's own login session. Which one that is comes from the access token alone. */
export const logOut: Handler = async ({ loginSessions }, { caller, sourceAddress }) => {
  await loginSessions.end(caller.loginSession.id, sourceAddress);
};
