import type { PermissionTarget } from '@sallyport/authz';
import type { Cluster, Principal } from '@sallyport/core';
import type { PlatformPermission } from '@sallyport/core/api';
import type { Snapshot } from '../snapshot.ts';

/** A cluster, or the principal's whole organization when none is given. */
export function targetOf(principal: Principal, cluster?: Cluster): PermissionTarget {
  return cluster === undefined
    ? { kind: 'organization', organizationId: principal.organizationId }
    : { kind: 'cluster', cluster };
}

/** Whether one of the principal's roles holds `permission` on a cluster, or on the whole organization. */
export function isPermitted(
  snapshot: Snapshot,
  principal: Principal,
  permission: PlatformPermission,
  cluster?: Cluster,
): boolean {
  return snapshot.permissions.permits(principal, permission, targetOf(principal, cluster));
}
