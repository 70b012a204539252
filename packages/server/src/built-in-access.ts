import { isDeepStrictEqual } from 'node:util';
import { type Binding, BUILT_IN_ROLES, type BuiltInRoleName, builtInRoles, OWN_ROLE_PREFIX } from '@sallyport/authz';
import { createId, type OrganizationId, type Principal, type RoleId } from '@sallyport/core';
import { INVENTORY_SUBJECT, SYSTEM_ISSUER } from './inventory.ts';
import type { Snapshot } from './snapshot.ts';
import type { Transaction } from './stores/contracts.ts';
import type { RoleRecord, Writable } from './stores/records.ts';

/** Name of the group that the server's own inventory acts as; the install manifest binds it to a small ClusterRole. */
export const INVENTORY_GROUP = 'sallyport:inventory';

const INVENTORY_ROLE = `${OWN_ROLE_PREFIX}inventory`;

/** What is known of an organization before; nothing for a new one. */
type Known = Pick<Snapshot, 'roles' | 'bindings'>;

/**
 * Puts what every organization has: the built-in roles as this version knows them, and the access of the server's own
 * inventory. Writes only what differs. A role of people's own that has the name of a built-in one, from before that was
 * built in, becomes it.
 * @returns ids of the roles by name
 */
export async function putBuiltInAccess(
  tx: Transaction,
  known: Known,
  organizationId: OrganizationId,
): Promise<ReadonlyMap<string, RoleId>> {
  const existing = new Map<string, RoleRecord>();
  for (const role of known.roles) if (role.organizationId === organizationId) existing.set(role.name, role);
  const ids = new Map<string, RoleId>();
  for (const role of rolesOf(organizationId, (name) => existing.get(name)?.id ?? createId('role'))) {
    ids.set(role.name, role.id);
    if (!isSame(existing.get(role.name), role)) await tx.put('Role', role);
  }
  const subject = { kind: 'principal', id: (await putInventoryPrincipal(tx, organizationId)).id } as const;
  await putBindingOnce(tx, known, {
    organizationId,
    roleId: ids.get(INVENTORY_ROLE) as RoleId,
    subjects: [subject],
    scope: { kind: 'organization' },
  });
  return ids;
}

/** Puts a binding unless there is one like it, which counts at all times. */
export async function putBindingOnce(
  tx: Transaction,
  known: Pick<Known, 'bindings'>,
  wanted: Omit<Binding, 'id'>,
): Promise<void> {
  const exists = known.bindings.some(
    ({ organizationId, roleId, subjects, scope, condition }) =>
      condition === undefined &&
      organizationId === wanted.organizationId &&
      roleId === wanted.roleId &&
      isDeepStrictEqual(scope, wanted.scope) &&
      wanted.subjects.every((subject) => subjects.some((other) => isDeepStrictEqual(other, subject))),
  );
  if (exists) return;
  const id = createId('binding');
  await tx.put('Binding', { id, name: id.replace('_', '-'), ...wanted });
}

function rolesOf(organizationId: OrganizationId, idOf: (name: string) => RoleId): readonly Writable<RoleRecord>[] {
  const builtIn = builtInRoles(organizationId, idOf).map((role) => ({
    ...role,
    isBuiltIn: true,
    description: BUILT_IN_ROLES[role.name as BuiltInRoleName].summary,
  }));
  return [
    ...builtIn,
    {
      id: idOf(INVENTORY_ROLE),
      organizationId,
      name: INVENTORY_ROLE,
      isBuiltIn: true,
      description: 'What the inventory of clusters may do.',
      ceilingGroups: [INVENTORY_GROUP],
      permissions: [],
      rules: [
        { verbs: ['list'], apiGroups: [''], resources: ['nodes', 'namespaces'] },
        { verbs: ['get'], nonResourceUrls: ['/version', '/version/', '/openid/v1/jwks'] },
      ],
    },
  ];
}

function isSame(existing: RoleRecord | undefined, wanted: Writable<RoleRecord>): boolean {
  const essence = ({
    isBuiltIn,
    description,
    ceilingGroups,
    permissions,
    rules,
    privileges,
  }: Writable<RoleRecord>) => ({
    isBuiltIn,
    description,
    ceilingGroups,
    permissions,
    rules,
    privileges,
  });
  return existing !== undefined && isDeepStrictEqual(essence(existing), essence(wanted));
}

async function putInventoryPrincipal(tx: Transaction, organizationId: OrganizationId): Promise<Principal> {
  const known = await tx.findPrincipal(organizationId, SYSTEM_ISSUER, INVENTORY_SUBJECT);
  if (known !== undefined) return known;
  const principal: Principal = {
    id: createId('principal'),
    organizationId,
    kind: 'system',
    issuer: SYSTEM_ISSUER,
    subjectClaim: INVENTORY_SUBJECT,
    userName: 'sallyport:inventory',
    displayName: 'Cluster inventory',
    groups: [],
  };
  await tx.putPrincipal(principal);
  return principal;
}
