import type { Role } from '@sallyport/authz';
import { createId, type OrganizationId } from '@sallyport/core';
import { PLATFORM_PERMISSIONS } from '@sallyport/core/api';

/** Name of the group that the server's own inventory acts as; the install manifest binds it to a small ClusterRole. */
export const INVENTORY_GROUP = 'sallyport:inventory';

/** Everyone who can sign in may see clusters and hold a kube credential; what that may do is decided per request. */
const EVERYONE = ['clusters.read', 'credentials.create'] as const;

/** Roles that every organization starts with, by name. */
export const BUILT_IN_ROLES = {
  admin: { ceilingGroups: ['sallyport:cluster-admin'], permissions: PLATFORM_PERMISSIONS },
  developer: { ceilingGroups: ['sallyport:edit'], permissions: EVERYONE },
  viewer: { ceilingGroups: ['sallyport:view'], permissions: EVERYONE },
  approver: { ceilingGroups: [], permissions: EVERYONE },
  auditor: { ceilingGroups: [], permissions: [...EVERYONE, 'audit.read'] },
} as const;

/** Names of the built-in roles. */
export type BuiltInRole = keyof typeof BUILT_IN_ROLES;

/** Makes the built-in roles of a new organization. */
export function builtInRoles(organizationId: OrganizationId): Role[] {
  return Object.entries(BUILT_IN_ROLES).map(([name, role]) => ({
    id: createId('role'),
    organizationId,
    name,
    ...role,
  }));
}
