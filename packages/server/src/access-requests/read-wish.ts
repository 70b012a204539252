import { type AccessRequestDraft, type Directory, readScope } from '@sallyport/authz';
import type { PrincipalId } from '@sallyport/core';
import type { GrantedObjectSpec } from '@sallyport/core/api';
import { ApiError } from '../errors.ts';
import { directoryOf } from '../resources/definitions/directory.ts';
import type { AccessGround } from './ground.ts';
import { refusedField } from './refusals.ts';
import type { Wish } from './submit.ts';

/**
 * Looks up what a wish names. What is not there is answered as what nobody lets the caller ask for: who may only ask does not
 * learn in this way which clusters, roles and policies there are.
 * @throws ApiError `ERR_API_NOT_REQUESTABLE`, `ERR_API_REQUEST_INVALID`
 */
export function readWish(ground: AccessGround, wish: Wish): AccessRequestDraft {
  const { snapshot, caller, actor } = ground;
  const directory: Directory = {
    ...directoryOf({ reader: snapshot, organization: { id: actor.organizationId } }),
    missing: () => notRequestable(),
  };
  const roleId = directory.roleId(wish.role);
  if (roleId === undefined) throw notRequestable();
  const policy =
    wish.policy === undefined ? undefined : snapshot.find('RequestPolicy', wish.policy, caller.organizationId);
  if (wish.policy !== undefined && policy === undefined) throw notRequestable();
  return {
    roleId,
    scope: readScope(wish.scope, 'scope', directory),
    ...(wish.objects !== undefined && { objects: wish.objects.map(toGrantedObject) }),
    duration: wish.duration,
    ...(wish.startsAt !== undefined && { startsAt: wish.startsAt }),
    reason: wish.reason,
    ...(wish.ticket !== undefined && { ticket: wish.ticket }),
    ...(policy !== undefined && { policyId: policy.id }),
    ...(wish.breakGlass === true && { isBreakGlass: true }),
  };
}

/** An object of a body in the form that is evaluated. */
export function toGrantedObject({ apiGroup, resource, namespace, name }: GrantedObjectSpec) {
  return {
    ...(apiGroup !== undefined && { apiGroup }),
    resource,
    ...(namespace !== undefined && { namespace }),
    name,
  };
}

/**
 * Finds those who are to be told in particular.
 * @throws ApiError `ERR_API_REQUEST_INVALID` when one of them is nobody
 */
export function findSuggested({ snapshot, caller }: AccessGround, names: readonly string[]): readonly PrincipalId[] {
  return names.map((name, i) => {
    const found = snapshot.find('Principal', name, caller.organizationId);
    if (found !== undefined && found.kind !== 'system' && !found.isDisabled) return found.id;
    throw refusedField(`suggestedReviewers.${i}`, 'names nobody who could be told');
  });
}

function notRequestable(): ApiError {
  return new ApiError({
    code: 'ERR_API_NOT_REQUESTABLE',
    message: 'no request policy lets you ask for this role there',
    nextStep: 'Run `sallyport access roles` to see what you may ask for.',
  });
}
