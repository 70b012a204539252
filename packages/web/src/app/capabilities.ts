import type { PlatformPermission, WhoAmI } from '@sallyport/core/api';
import { paths } from './paths.ts';

/** Part of the site that the navigation leads to. */
export interface Area {
  readonly id: AreaId;
  readonly label: string;
  readonly path: string;
  /** Further addresses that belong to it. */
  readonly prefixes: readonly string[];
  readonly group: 'work' | 'manage';
  /** Second key of the chord that leads there: G and then this. */
  readonly key?: string;
}

/** Name of an area, which its icon goes by. */
export type AreaId =
  | 'access'
  | 'requests'
  | 'clusters'
  | 'terminal'
  | 'recordings'
  | 'audit'
  | 'people'
  | 'roles'
  | 'bindings'
  | 'policies'
  | 'signIn'
  | 'settings';

interface Gated extends Area {
  /** Any of these opens it. Absent: everybody has something there, since it shows what is one's own. */
  readonly needs?: readonly PlatformPermission[];
}

/** The areas in their order. Who may see what within is up to the server; this only leaves out what would be empty. */
const AREAS: readonly Gated[] = [
  { id: 'access', label: 'My access', path: paths.home, prefixes: [], group: 'work', key: 'a' },
  { id: 'requests', label: 'Requests', path: paths.inbox(), prefixes: ['/access'], group: 'work', key: 'r' },
  { id: 'clusters', label: 'Clusters', path: paths.clusters(), prefixes: ['/clusters'], group: 'work', key: 'c' },
  { id: 'terminal', label: 'Terminal', path: paths.terminal(), prefixes: ['/terminal'], group: 'work', key: 't' },
  {
    id: 'recordings',
    label: 'Recordings',
    path: paths.recordings(),
    prefixes: ['/recordings'],
    group: 'work',
    key: 'p',
  },
  { id: 'audit', label: 'Audit', path: paths.audit(), prefixes: ['/audit'], group: 'work', key: 'u' },
  {
    id: 'people',
    label: 'People and groups',
    path: paths.people(),
    prefixes: ['/people', '/groups', '/service-accounts'],
    group: 'manage',
    needs: ['users.read', 'groups.read', 'serviceAccounts.read'],
  },
  { id: 'roles', label: 'Roles', path: paths.roles(), prefixes: ['/roles'], group: 'manage', needs: ['roles.read'] },
  {
    id: 'bindings',
    label: 'Bindings',
    path: paths.bindings(),
    prefixes: ['/bindings'],
    group: 'manage',
    needs: ['bindings.read'],
  },
  {
    id: 'policies',
    label: 'Policy',
    path: paths.policies(),
    prefixes: ['/policies', '/playground'],
    group: 'manage',
    needs: ['accessPolicies.read', 'requestPolicies.read'],
  },
  {
    id: 'signIn',
    label: 'Sign-in',
    path: paths.identityProviders(),
    prefixes: ['/identity-providers'],
    group: 'manage',
    needs: ['identityProviders.read'],
  },
  {
    id: 'settings',
    label: 'Settings',
    path: paths.settings(),
    prefixes: ['/settings', '/organization', '/notification-channels', '/audit-sinks'],
    group: 'manage',
    needs: ['organizations.read', 'notificationChannels.read', 'auditSinks.read', 'installation.read'],
  },
];

/** Whether somebody holds a permission in the whole organization. The server decides; this only keeps what it would refuse away. */
export function may(me: Pick<WhoAmI, 'permissions'> | undefined, permission: PlatformPermission): boolean {
  return me?.permissions.includes(permission) === true;
}

/**
 * Whether somebody holds a permission on some cluster, in some project or in the whole organization: for what is offered where it is not
 * yet known what it is about, and for what is of the installation.
 */
export function mayAnywhere(
  me: Pick<WhoAmI, 'permissionsAnywhere'> | undefined,
  permission: PlatformPermission,
): boolean {
  return me?.permissionsAnywhere.includes(permission) === true;
}

/** The areas that are offered to somebody. */
export function areasFor(me: Pick<WhoAmI, 'permissionsAnywhere'> | undefined): readonly Area[] {
  return AREAS.filter(({ needs }) => needs === undefined || needs.some((permission) => mayAnywhere(me, permission)));
}

/** The area that an address belongs to. */
export function areaOf(pathname: string): AreaId | undefined {
  if (pathname === paths.home) return 'access';
  const isBelow = (prefix: string) => pathname === prefix || pathname.startsWith(`${prefix}/`);
  return AREAS.find(({ prefixes }) => prefixes.some(isBelow))?.id;
}
