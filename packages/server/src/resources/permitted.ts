import type { PermissionTarget } from '@sallyport/authz';
import type { Principal } from '@sallyport/core';
import { type KindName, kinds } from '@sallyport/core/api';
import { ApiError } from '../errors.ts';
import type { Snapshot } from '../snapshot.ts';

/** What can be done with a resource; the second half of its permission. */
export type ResourceVerb = 'read' | 'create' | 'update' | 'delete';

/** Name of the permission that a verb on a kind demands. */
export function permissionFor(kind: KindName, verb: ResourceVerb): string {
  return `${kinds[kind].permissions}.${verb}`;
}

/** Whether a principal holds a permission on every one of the targets. */
export function permitsAll(
  { permissions }: Pick<Snapshot, 'permissions'>,
  principal: Principal,
  permission: string,
  targets: readonly PermissionTarget[],
): boolean {
  return targets.length > 0 && targets.every((target) => permissions.permits(principal, permission, target));
}

/** The refusal of somebody whose roles lack a permission. */
export function forbidden(permission: string): ApiError {
  return new ApiError({
    code: 'ERR_API_FORBIDDEN',
    message: `none of your roles has the permission ${permission} there`,
    nextStep: 'Ask an administrator for a role that has it.',
  });
}

/** The answer to whoever asks for what is not there, or what they may not know of. */
export function notFound(kind: KindName, name: string): ApiError {
  return new ApiError({
    code: 'ERR_API_NOT_FOUND',
    message: `there is no ${kind} ${JSON.stringify(name.slice(0, 255))} for you`,
    nextStep: `Run \`sallyport get ${kinds[kind].collection}\` to see those that there are.`,
  });
}
