import { choosePolicy, grantStateAt, type IssuedGrant, type RenewedGrant } from '@sallyport/authz';
import { createId } from '@sallyport/core';
import type { GrantResource } from '@sallyport/core/api';
import { describeScope } from '../resources/definitions/describe-reach.ts';
import type { KeptAccessRequest, KeptGrant } from '../stores/access-contracts.ts';
import type { AccessGround } from './ground.ts';
import { nameOf } from './names.ts';
import { type FindGrant, renewedGrant } from './renewed-grant.ts';
import { mayRevoke } from './visibility.ts';

/** Where a grant comes from, as far as that decides what may be done about it. */
export interface GrantOrigin {
  readonly request?: Pick<KeptAccessRequest, 'policyId' | 'ticket'>;
  /** With its chain of renewals, where the caller could ask for more time. */
  readonly renewed?: RenewedGrant;
}

/** A grant in the form in which REST has it. */
export function describeGrant(
  ground: AccessGround,
  grant: IssuedGrant & Pick<KeptGrant, 'names'>,
  origin: GrantOrigin,
): GrantResource {
  const { snapshot, at } = ground;
  const { id, names, principalId, roleId, objects, reason, createdAt, startsAt, endsAt, end, requestId } = grant;
  return {
    id,
    state: grantStateAt(grant, at),
    user: nameOf(snapshot, principalId, names.principal),
    role: snapshot.get('Role', roleId)?.name ?? names.role,
    scope: describeScope(grant.scope, snapshot),
    ...(objects !== undefined && { objects: objects.map((object) => ({ ...object })) }),
    reason,
    createdAt,
    startsAt,
    endsAt,
    ...(end !== undefined && {
      endedAt: end.at,
      ...(end.byId !== undefined && { endedBy: nameOf(snapshot, end.byId) }),
      ...(end.reason !== undefined && { endedReason: end.reason }),
    }),
    ...(requestId !== undefined && { requestId }),
    ...(grant.renewsId !== undefined && { renews: grant.renewsId }),
    isBreakGlass: grant.isBreakGlass,
    may: {
      revoke: isLive(grant, at) && mayRevoke(ground, grant, origin.request?.policyId),
      renew: mayRenew(ground, grant, origin),
    },
  };
}

/** Finds where a grant comes from. Of what has ended nothing can be done, so nothing is looked for. */
export async function originOf(
  { caller, at }: AccessGround,
  grant: KeptGrant,
  request: KeptAccessRequest | undefined,
  find: FindGrant,
): Promise<GrantOrigin> {
  const isOwn = grant.principalId === caller.id && isLive(grant, at);
  const renewed = isOwn ? await renewedGrant(find, grant) : undefined;
  return { ...(request !== undefined && { request }), ...(renewed !== undefined && { renewed }) };
}

/** Whether a grant counts, or will. */
export function isLive(grant: IssuedGrant, at: Date): boolean {
  const state = grantStateAt(grant, at);
  return state === 'active' || state === 'scheduled';
}

/** Whether a request policy lets the caller ask for any more time at all. */
function mayRenew(
  { records, actor, caller, at }: AccessGround,
  { principalId, roleId, scope, objects, isBreakGlass }: IssuedGrant,
  { request, renewed }: GrantOrigin,
): boolean {
  if (principalId !== caller.id || renewed === undefined || isBreakGlass) return false;
  const chosen = choosePolicy(
    {
      roleId,
      scope,
      ...(objects !== undefined && { objects }),
      duration: '1ms',
      reason: 'more time',
      renews: renewed,
      ...(request !== undefined && { policyId: request.policyId }),
      ...(request?.ticket !== undefined && { ticket: request.ticket }),
    },
    {
      ...records,
      requester: caller,
      at,
      ...(actor.authentication !== undefined && { authentication: actor.authentication }),
      ids: { request: createId('accessRequest', at.getTime()), grant: createId('grant', at.getTime()) },
    },
  );
  return chosen.outcome === 'chosen';
}
