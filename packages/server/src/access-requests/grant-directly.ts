import { type GrantDraft, issueGrant, readScope } from '@sallyport/authz';
import { createId } from '@sallyport/core';
import type { createGrantSchema, GrantResource } from '@sallyport/core/api';
import type { z } from 'zod';
import { assertHolds } from '../api/authority.ts';
import type { RememberAnswer } from '../api/idempotency.ts';
import { ApiError } from '../errors.ts';
import { directoryOf } from '../resources/definitions/directory.ts';
import { forbidden } from '../resources/permitted.ts';
import type { KeptGrant } from '../stores/access-contracts.ts';
import { grantEvent } from './access-events.ts';
import { describeGrant } from './describe-grant.ts';
import type { AccessActor, AccessContext, AccessGround } from './ground.ts';
import { toGrantedObject } from './read-wish.ts';
import { refused, refusedField } from './refusals.ts';
import { decideAccess } from './transact.ts';
import { holdsOn } from './visibility.ts';

/** What is granted, as the contract's schema reads it. */
export type Gift = z.output<typeof createGrantSchema>;

/**
 * Grants a role without a request: to somebody else, within what the caller holds at all times.
 * @throws ApiError
 */
export function grantDirectly(
  context: AccessContext,
  actor: AccessActor,
  gift: Gift,
  remember?: RememberAnswer,
): Promise<GrantResource> {
  return decideAccess(context, actor, async (tx, ground) => {
    const grant = planGrant(ground, gift);
    await tx.access.insertGrant(grant, grant.names);
    await tx.appendAudit(grantEvent(ground, 'grant.created', grant));
    const described = describeGrant(ground, grant, {});
    await remember?.(tx, described);
    return described;
  });
}

function planGrant(
  ground: AccessGround,
  { user, role: roleName, scope: place, objects, startsAt, ...rest }: Gift,
): KeptGrant {
  const { snapshot, caller, records, at } = ground;
  const directory = directoryOf({ reader: snapshot, organization: { id: caller.organizationId } });
  const scope = readScope(place, 'scope', directory);
  if (!holdsOn(ground, 'grants.create', scope)) throw forbidden('grants.create');
  const roleId = directory.roleId(roleName);
  const role = roleId && snapshot.get('Role', roleId);
  if (role === undefined) throw directory.missing('role', 'Role', roleName);
  const holder = snapshot.find('Principal', user, caller.organizationId);
  if (holder === undefined || holder.kind === 'system') throw noSuchUser(user);
  if (holder.isDisabled) throw refusedField('user', `names ${holder.userName}, who is disabled`);
  const draft: GrantDraft = {
    id: createId('grant', at.getTime()),
    principalId: holder.id,
    roleId: role.id,
    scope,
    ...(objects !== undefined && { objects: objects.map(toGrantedObject) }),
    ...(startsAt !== undefined && { startsAt }),
    ...rest,
  };
  const issued = issueGrant(draft, { ...records, grantor: caller, at });
  if (issued.outcome === 'refused') throw issued.code === 'ownRequest' ? toThemselves(issued.message) : refused(issued);
  assertHolds(snapshot, { caller: { principal: caller } }, { kind: 'binding', role, scope });
  const names = { principal: holder.userName, role: role.name };
  return { ...issued.grant, names, isStarted: false, resourceVersion: 1 };
}

function toThemselves(message: string): ApiError {
  return new ApiError({
    code: 'ERR_API_EXCEEDS_AUTHORITY',
    message,
    nextStep: 'Ask for it: sallyport access request.',
  });
}

function noSuchUser(name: string): ApiError {
  return new ApiError({
    code: 'ERR_API_NOT_FOUND',
    message: `there is no user ${JSON.stringify(name.slice(0, 255))} for you`,
    nextStep: 'Run `sallyport get users` to see those that there are.',
  });
}
