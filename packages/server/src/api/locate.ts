import type { Cluster } from '@sallyport/core';
import type { PlatformPermission } from '@sallyport/core/api';
import { ApiError } from '../errors.ts';
import type { PrincipalRecord } from '../stores/records.ts';
import type { ApiContext, Call } from './context.ts';
import { isPermitted } from './permissions.ts';

/**
 * Refuses an organization that is not the caller's own. Another one answers as one that does not exist: its names are
 * nobody else's business.
 * @throws ApiError `ERR_API_NOT_FOUND`
 */
export function assertOwnOrganization({ caller, parameters }: Pick<Call, 'caller' | 'parameters'>): void {
  if (parameters['organization'] === caller.organization.name) return;
  throw new ApiError({
    code: 'ERR_API_NOT_FOUND',
    message: `there is no organization ${JSON.stringify(parameters['organization'])} for you`,
    nextStep: 'Run `sallyport whoami` to see your organization.',
  });
}

/**
 * The cluster of the path, in the caller's organization, where the caller holds `permission`. A cluster that the caller
 * may not even see answers as one that does not exist.
 * @throws ApiError `ERR_API_NOT_FOUND`, `ERR_API_FORBIDDEN`
 */
export function locateCluster(context: ApiContext, call: Call, permission: PlatformPermission): Cluster {
  const { caller, parameters } = call;
  const snapshot = context.snapshots.current();
  const cluster = snapshot.findCluster(caller.organization.name, parameters['name'] ?? '');
  const isVisible =
    cluster !== undefined &&
    cluster.organizationId === caller.organization.id &&
    isPermitted(snapshot, caller.principal, 'clusters.read', cluster);
  if (!isVisible) {
    throw new ApiError({
      code: 'ERR_API_NOT_FOUND',
      message: `there is no cluster ${JSON.stringify(parameters['name'])} for you in ${caller.organization.name}`,
      nextStep: 'Run `sallyport clusters list` to see your clusters.',
    });
  }
  if (!isPermitted(snapshot, caller.principal, permission, cluster)) throw forbidden(permission);
  return cluster;
}

/**
 * Refuses a caller whose roles on the whole organization lack `permission`.
 * @throws ApiError `ERR_API_FORBIDDEN`
 */
export function assertPermitted(context: ApiContext, { caller }: Call, permission: PlatformPermission): void {
  if (!isPermitted(context.snapshots.current(), caller.principal, permission)) throw forbidden(permission);
}

/**
 * The person of that name in the caller's organization.
 * @throws ApiError `ERR_API_NOT_FOUND`
 */
export function findUser(context: ApiContext, { caller }: Call, name: string): PrincipalRecord {
  const found = context.snapshots.current().find('Principal', name, caller.organization.id);
  if (found !== undefined && found.kind !== 'system') return found;
  throw new ApiError({
    code: 'ERR_API_NOT_FOUND',
    message: `there is no user ${JSON.stringify(name.slice(0, 255))} for you in ${caller.organization.name}`,
    nextStep: 'Run `sallyport get users` to see those that there are.',
  });
}

/**
 * Refuses a caller who lacks `permission` on the installation.
 * @throws ApiError `ERR_API_FORBIDDEN`
 */
export function assertOnInstallation(context: ApiContext, { caller }: Call, permission: PlatformPermission): void {
  const { permissions } = context.snapshots.current();
  if (!permissions.permits(caller.principal, permission, { kind: 'installation' })) throw forbidden(permission);
}

function forbidden(permission: PlatformPermission): ApiError {
  return new ApiError({
    code: 'ERR_API_FORBIDDEN',
    message: `none of your roles has the permission ${permission}`,
    nextStep: 'Ask an administrator for a role that has it.',
  });
}
