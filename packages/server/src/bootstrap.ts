import { type Binding, OWN_ROLE_PREFIX, type Role } from '@sallyport/authz';
import { createId, type OrganizationId, type Principal } from '@sallyport/core';
import { BUILT_IN_ROLES, builtInRoles, INVENTORY_GROUP } from './built-in-roles.ts';
import type { IdentityProviderConfig, ServerConfig } from './config.ts';
import { INVENTORY_SUBJECT, SYSTEM_ISSUER } from './inventory.ts';
import type { Snapshot } from './snapshot.ts';
import type { IdentityProvider, Organization, Store, Transaction } from './stores/contracts.ts';

/**
 * Brings the database in line with the configuration: the organization, its built-in roles, the inventory's own principal,
 * the identity providers and bindings of the file. Adds and updates; removes nothing. Writes only what differs, so that a
 * restart changes no record.
 */
export async function bootstrap(
  store: Store,
  snapshot: Snapshot,
  config: Pick<ServerConfig, 'organization' | 'bindings'>,
  providers: readonly IdentityProviderConfig[],
): Promise<void> {
  const known = [...snapshot.organizations.values()].find(({ name }) => name === config.organization);
  const organization: Organization = known ?? { id: createId('organization'), name: config.organization };
  const stored = await store.identityProviders();
  await store.transact(async (tx) => {
    if (known === undefined) await tx.putOrganization(organization);
    const roles = await putRoles(tx, snapshot, organization.id);
    await putInventoryAccess(tx, snapshot, organization.id, roles);
    const issuers = await putProviders(tx, stored, organization.id, providers);
    await putBindings(tx, snapshot, organization.id, roles, issuers, config.bindings);
  });
}

const INVENTORY_ROLE = `${OWN_ROLE_PREFIX}inventory`;

async function putRoles(
  tx: Transaction,
  snapshot: Snapshot,
  organizationId: OrganizationId,
): Promise<Map<string, Role>> {
  const roles = new Map<string, Role>();
  for (const role of snapshot.roles) if (role.organizationId === organizationId) roles.set(role.name, role);
  const inventory: Role = {
    id: createId('role'),
    organizationId,
    name: INVENTORY_ROLE,
    ceilingGroups: [INVENTORY_GROUP],
    permissions: [],
    rules: [
      { verbs: ['list'], apiGroups: [''], resources: ['nodes', 'namespaces'] },
      { verbs: ['get'], nonResourceUrls: ['/version', '/version/'] },
    ],
  };
  for (const role of [...builtInRoles(organizationId), inventory]) {
    if (roles.has(role.name)) continue;
    roles.set(role.name, role);
    await tx.putRole(role);
  }
  return roles;
}

async function putInventoryAccess(
  tx: Transaction,
  snapshot: Snapshot,
  organizationId: OrganizationId,
  roles: ReadonlyMap<string, Role>,
): Promise<void> {
  const known = await tx.findPrincipal(organizationId, SYSTEM_ISSUER, INVENTORY_SUBJECT);
  const principal: Principal = known ?? {
    id: createId('principal'),
    organizationId,
    kind: 'system',
    issuer: SYSTEM_ISSUER,
    subjectClaim: INVENTORY_SUBJECT,
    userName: 'sallyport:inventory',
    displayName: 'Cluster inventory',
    groups: [],
  };
  if (known === undefined) await tx.putPrincipal(principal);
  await ensureBinding(tx, snapshot, organizationId, roles.get(INVENTORY_ROLE), { kind: 'principal', id: principal.id });
}

/** Stores the providers of the configuration; yields the issuer of each by name. */
async function putProviders(
  tx: Transaction,
  stored: readonly IdentityProvider[],
  organizationId: OrganizationId,
  providers: readonly IdentityProviderConfig[],
): Promise<Map<string, string>> {
  const issuers = new Map<string, string>();
  for (const provider of providers) {
    const known = stored.find(({ name, organizationId: owner }) => name === provider.name && owner === organizationId);
    await tx.putIdentityProvider({ id: known?.id ?? createId('identityProvider'), organizationId, ...provider });
    issuers.set(provider.name, provider.issuer);
  }
  return issuers;
}

async function putBindings(
  tx: Transaction,
  snapshot: Snapshot,
  organizationId: OrganizationId,
  roles: ReadonlyMap<string, Role>,
  issuers: ReadonlyMap<string, string>,
  bindings: ServerConfig['bindings'],
): Promise<void> {
  for (const { role, identityProvider, group } of bindings) {
    const issuer = issuers.get(identityProvider);
    if (issuer === undefined || !(role in BUILT_IN_ROLES)) continue;
    await ensureBinding(tx, snapshot, organizationId, roles.get(role), { kind: 'group', issuer, name: group });
  }
}

async function ensureBinding(
  tx: Transaction,
  snapshot: Snapshot,
  organizationId: OrganizationId,
  role: Role | undefined,
  subject: Binding['subjects'][number],
): Promise<void> {
  if (role === undefined) return;
  const text = JSON.stringify(subject);
  const exists = snapshot.bindings.some(
    (binding) => binding.roleId === role.id && binding.subjects.some((other) => JSON.stringify(other) === text),
  );
  if (exists) return;
  await tx.putBinding({
    id: createId('binding'),
    organizationId,
    roleId: role.id,
    subjects: [subject],
    scope: { kind: 'organization' },
  });
}
