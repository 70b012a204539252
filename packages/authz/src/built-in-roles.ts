import { type OrganizationId, PRIVILEGES, type Privilege, type RoleId } from '@sallyport/core';
import { PLATFORM_PERMISSIONS, type PlatformPermission } from '@sallyport/core/api';
import type { Role } from './policy.ts';

/** What a built-in role is for and what it holds. */
export interface BuiltInRoleContent {
  /** One sentence for people who choose a role. */
  readonly summary: string;
  readonly ceilingGroups: readonly string[];
  readonly permissions: readonly PlatformPermission[];
  /** Dangerous actions on clusters that the role may do. Absent: none. */
  readonly privileges?: readonly Privilege[];
}

/** All but acting as somebody else, for which a rule has to name whom. */
const OF_CLUSTER_ADMINS: readonly Privilege[] = PRIVILEGES.filter((privilege) => privilege !== 'impersonation');

/** Permissions that only count on the installation. No role of an organization holds them but `installation-admin`. */
export const INSTALLATION_PERMISSIONS: readonly PlatformPermission[] = [
  'installation.read',
  'installation.update',
  'organizations.create',
  'organizations.delete',
  'keys.read',
  'keys.rotate',
];

const OF_ORGANIZATION = PLATFORM_PERMISSIONS.filter((permission) => !INSTALLATION_PERMISSIONS.includes(permission));

/** What decides who can be anybody, and what the organization is: for owners. */
const OF_OWNERS: readonly PlatformPermission[] = [
  'organizations.update',
  'identityProviders.create',
  'identityProviders.update',
  'identityProviders.delete',
];

const USE = ['clusters.read', 'credentials.create'] as const;

const CLUSTER_LIFE = [
  ...USE,
  'clusters.update',
  'clusters.delete',
  'joinTokens.read',
  'joinTokens.create',
  'joinTokens.revoke',
  'agents.read',
  'agents.revoke',
] as const;

/** Roles that every organization has, by name. They can be bound, never changed or deleted. `docs/roles.md` shows them. */
export const BUILT_IN_ROLES = {
  owner: {
    summary: 'Everything in the organization. At least one person keeps it.',
    ceilingGroups: ['sallyport:cluster-admin'],
    privileges: OF_CLUSTER_ADMINS,
    permissions: OF_ORGANIZATION,
  },
  admin: {
    summary: 'Everything in the organization but its own settings and its identity providers.',
    ceilingGroups: ['sallyport:cluster-admin'],
    privileges: OF_CLUSTER_ADMINS,
    permissions: OF_ORGANIZATION.filter((permission) => !OF_OWNERS.includes(permission)),
  },
  'read-only-admin': {
    summary: 'Sees everything in the organization, changes nothing.',
    ceilingGroups: ['sallyport:view'],
    permissions: [...OF_ORGANIZATION.filter(isReading), 'credentials.create'],
  },
  'project-admin': {
    summary: 'Runs projects: their settings, clusters, bindings.',
    ceilingGroups: ['sallyport:cluster-admin'],
    privileges: OF_CLUSTER_ADMINS,
    permissions: [
      'projects.read',
      'projects.update',
      ...CLUSTER_LIFE,
      'clusters.create',
      'bindings.read',
      'bindings.create',
      'bindings.update',
      'bindings.delete',
      'secrets.read',
    ],
  },
  'project-viewer': {
    summary: 'Sees projects, their clusters and bindings, and looks into the clusters.',
    ceilingGroups: ['sallyport:view'],
    permissions: ['projects.read', ...USE, 'agents.read', 'bindings.read'],
  },
  'cluster-admin': {
    summary: 'Runs clusters and may do everything inside them.',
    ceilingGroups: ['sallyport:cluster-admin'],
    privileges: OF_CLUSTER_ADMINS,
    permissions: [...CLUSTER_LIFE, 'secrets.read'],
  },
  'namespace-admin': {
    summary: 'Everything inside namespaces, when its binding is narrowed to some.',
    ceilingGroups: ['sallyport:admin'],
    permissions: [...USE, 'secrets.read'],
  },
  'namespace-viewer': {
    summary: 'Looks into namespaces, when its binding is narrowed to some.',
    ceilingGroups: ['sallyport:view'],
    permissions: USE,
  },
  developer: {
    summary: 'Changes workloads in clusters.',
    ceilingGroups: ['sallyport:edit'],
    permissions: ['projects.read', ...USE],
  },
  viewer: {
    summary: 'Looks into clusters.',
    ceilingGroups: ['sallyport:view'],
    permissions: ['projects.read', ...USE],
  },
  member: {
    summary: 'Sees clusters and holds credentials for them, which by themselves allow nothing inside.',
    ceilingGroups: [],
    permissions: ['projects.read', ...USE],
  },
  approver: {
    summary: 'Reviews requests of others for access; has none by itself.',
    ceilingGroups: [],
    permissions: [
      'projects.read',
      'clusters.read',
      // An approval binds what the role says: whoever gives one must be able to read it.
      'roles.read',
      'requestPolicies.read',
      'accessRequests.read',
      'accessRequests.review',
      'grants.read',
      'grants.revoke',
    ],
  },
  auditor: {
    summary: 'Reads the audit log and recorded sessions, and nothing else.',
    ceilingGroups: [],
    permissions: ['audit.read', 'auditSinks.read', 'sessions.read'],
  },
  'installation-admin': {
    summary: 'Runs the installation: organizations, keys, settings. Sees nothing inside an organization.',
    ceilingGroups: [],
    permissions: [...INSTALLATION_PERMISSIONS, 'organizations.read'],
  },
} as const satisfies Readonly<Record<string, BuiltInRoleContent>>;

/** Names of the built-in roles. */
export type BuiltInRoleName = keyof typeof BUILT_IN_ROLES;

/** Names of the built-in roles, in the order in which people read about them. */
export const BUILT_IN_ROLE_NAMES = Object.keys(BUILT_IN_ROLES) as readonly BuiltInRoleName[];

/** Whether `name` is the name of a built-in role: such a role is neither changed nor deleted, and no custom one has it. */
export function isBuiltInRoleName(name: string): name is BuiltInRoleName {
  return Object.hasOwn(BUILT_IN_ROLES, name);
}

/** The built-in roles of one organization; `idOf` gives each its id. */
export function builtInRoles(organizationId: OrganizationId, idOf: (name: BuiltInRoleName) => RoleId): readonly Role[] {
  return BUILT_IN_ROLE_NAMES.map((name) => {
    const { ceilingGroups, permissions, privileges }: BuiltInRoleContent = BUILT_IN_ROLES[name];
    return {
      id: idOf(name),
      organizationId,
      name,
      ceilingGroups,
      permissions,
      ...(privileges !== undefined && { privileges }),
    };
  });
}

function isReading(permission: PlatformPermission): boolean {
  return permission.endsWith('.read') && permission !== 'secrets.read';
}
