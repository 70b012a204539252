import type { AccessSubjectSpec } from '@sallyport/core/api';
import { ApiError } from '../errors.ts';
import { findPrincipal } from '../resources/definitions/principals.ts';
import type { Snapshot } from '../snapshot.ts';
import type { PrincipalRecord } from '../stores/records.ts';
import type { ApiContext, Call } from './context.ts';
import { assertPermitted } from './locate.ts';

/**
 * Refuses a caller who may not read everything that access is made of.
 * @throws ApiError `ERR_API_FORBIDDEN`
 */
export function assertMayReadAccess(context: ApiContext, call: Call): void {
  for (const permission of ['roles.read', 'bindings.read', 'accessPolicies.read'] as const) {
    assertPermitted(context, call, permission);
  }
}

/**
 * Whom a question is about. Groups that the question states stand in for those that the provider stated last.
 * @throws ApiError `ERR_API_NOT_FOUND`
 */
export function findAccessSubject(snapshot: Snapshot, { caller }: Call, as: AccessSubjectSpec): PrincipalRecord {
  const [kind, name] = 'user' in as ? (['user', as.user] as const) : (['serviceAccount', as.serviceAccount] as const);
  const found = findPrincipal(snapshot, caller.organization.id, kind, name);
  if (found === undefined) {
    throw new ApiError({
      code: 'ERR_API_NOT_FOUND',
      message: `there is no ${kind === 'user' ? 'user' : 'service account'} ${JSON.stringify(name)} for you`,
      nextStep: 'Run `sallyport users list` to see who there is.',
    });
  }
  return 'user' in as && as.groups !== undefined ? { ...found, groups: as.groups } : found;
}
