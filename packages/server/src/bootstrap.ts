import type { Scope } from '@sallyport/authz';
import { createId, type OrganizationId, type RoleId } from '@sallyport/core';
import { putBindingOnce, putBuiltInAccess } from './built-in-access.ts';
import type { IdentityProviderConfig, ServerConfig } from './config.ts';
import { changedProviders } from './configured-provider.ts';
import type { Snapshot, SnapshotSource } from './snapshot.ts';
import type { Organization, Store, Transaction } from './stores/contracts.ts';
import { StoreError } from './stores/errors.ts';

/**
 * Brings the database in line with the configuration and with this version: the organization, the built-in roles and the
 * inventory's own principal of every organization, the identity providers and bindings of the file. Adds and updates;
 * removes nothing. Writes only what differs, so that a restart changes no record. Replicas that start together wait for one
 * another, and each sees what the others have done.
 */
export async function bootstrap(
  store: Store,
  snapshots: Pick<SnapshotSource, 'refresh'>,
  config: Pick<ServerConfig, 'organization' | 'bindings'>,
  providers: readonly IdentityProviderConfig[],
): Promise<void> {
  for (;;) {
    const snapshot = await snapshots.refresh();
    try {
      if (await bootstrapOn(snapshot, store, config, providers)) return;
    } catch (error) {
      // Another replica was faster to make the organization; next time it is known.
      const isMade = error instanceof StoreError && error.code === 'ERR_STORE_NAME_TAKEN';
      const isNew = !hasOrganization(snapshot, config.organization);
      if (!isMade || !isNew || !hasOrganization(await snapshots.refresh(), config.organization)) throw error;
    }
  }
}

function hasOrganization(snapshot: Snapshot, name: string): boolean {
  return snapshot.find('Organization', name) !== undefined;
}

/** Writes what is missing from a snapshot; says `false`, and has written nothing, when the database is further than it. */
async function bootstrapOn(
  snapshot: Snapshot,
  store: Store,
  config: Pick<ServerConfig, 'organization' | 'bindings'>,
  providers: readonly IdentityProviderConfig[],
): Promise<boolean> {
  const known = [...snapshot.organizations.values()].find(({ name }) => name === config.organization);
  const organization: Organization = known ?? { id: createId('organization'), name: config.organization };
  const configured = await changedProviders(store, snapshot, organization.id, providers);
  return store.transact(async (tx) => {
    // In one order, so that no two wait for each other.
    for (const id of [...snapshot.organizations.keys()].sort()) await tx.lockOrganization(id);
    if (await tx.hasPolicyChangedSince(snapshot.version)) return false;
    if (known === undefined) await tx.put('Organization', { ...organization, spec: {} }, 'absent');
    for (const id of snapshot.organizations.keys()) {
      if (id !== organization.id) await putBuiltInAccess(tx, snapshot, id);
    }
    const roles = await putBuiltInAccess(tx, snapshot, organization.id);
    for (const record of configured) await tx.put('IdentityProvider', record);
    const issuers = new Map(providers.map(({ name, issuer }) => [name, issuer]));
    await putBindings(tx, snapshot, organization.id, roles, issuers, config.bindings);
    return true;
  });
}

async function putBindings(
  tx: Transaction,
  snapshot: Snapshot,
  organizationId: OrganizationId,
  roles: ReadonlyMap<string, RoleId>,
  issuers: ReadonlyMap<string, string>,
  bindings: ServerConfig['bindings'],
): Promise<void> {
  for (const { role, identityProvider, group } of bindings) {
    const issuer = issuers.get(identityProvider);
    const roleId = roles.get(role);
    if (issuer === undefined || roleId === undefined) continue;
    // The one built-in role that says nothing about what is in an organization.
    const scope: Scope = role === 'installation-admin' ? { kind: 'installation' } : { kind: 'organization' };
    const subjects = [{ kind: 'group', issuer, name: group }] as const;
    await putBindingOnce(tx, snapshot, { organizationId, roleId, subjects, scope });
  }
}
