import { BUILT_IN_ROLE_NAMES, BUILT_IN_ROLES } from '@sallyport/authz';
import { createId, Secret } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootstrap } from './bootstrap.ts';
import type { BindingConfig, IdentityProviderConfig } from './config.ts';
import type { SnapshotSource } from './snapshot.ts';
import { createSnapshotSource } from './snapshot-source.ts';
import { type TestStore, testDatabases } from './stores/testing.ts';
import { putOrganization } from './testing/writes.ts';

const provider = {
  name: 'company',
  displayName: 'Company',
  issuer: 'https://idp.example.com',
  clientId: 'sallyport',
  oauthScopes: ['openid'],
  userNameClaim: 'email',
  groupsClaim: 'groups',
};
const bind = (role: BindingConfig['role']): BindingConfig => ({ role, identityProvider: 'company', group: 'admins' });

let database: TestStore;
let snapshots: SnapshotSource;

beforeAll(async () => {
  const [embedded] = testDatabases(undefined);
  if (embedded === undefined) throw new Error('there is no embedded database');
  database = await embedded.open();
  snapshots = await createSnapshotSource({ store: database.store });
});
afterAll(async () => {
  await snapshots.close();
  await database.drop();
});

async function start(...bindings: readonly BindingConfig[]) {
  await bootstrap(database.store, snapshots, { organization: 'acme', bindings }, [provider]);
  return snapshots.refresh();
}

describe('bootstrap', () => {
  it('gives an organization every built-in role, and changes nothing when it runs again', async () => {
    const first = await start(bind('owner'));
    const names = first.roles.map(({ name }) => name).sort();
    expect(names).toEqual([...BUILT_IN_ROLE_NAMES, 'sallyport:inventory'].sort());
    expect(first.roles.every(({ isBuiltIn }) => isBuiltIn)).toBe(true);
    const again = await start(bind('owner'));
    expect([...again.identityProviders.values()].map(({ resourceVersion }) => resourceVersion)).toEqual([1]);
    expect(again.roles.map(({ resourceVersion }) => resourceVersion)).toEqual(first.roles.map(() => 1));
    expect(again.bindings).toHaveLength(first.bindings.length);
  });

  it('follows a provider of the configuration, its secret included, and keeps what was set up for SCIM', async () => {
    const issuedAt = new Date('2026-01-01T00:00:00Z');
    const [known] = (await start()).identityProviders.values();
    if (known === undefined) throw new Error('there is no provider');
    await database.store.transact((tx) => tx.put('IdentityProvider', { ...known, scimTokenIssuedAt: issuedAt }));
    const startWith = async (more: Partial<IdentityProviderConfig>) => {
      const config = { organization: 'acme', bindings: [] };
      await bootstrap(database.store, snapshots, config, [{ ...provider, ...more }]);
      return (await snapshots.refresh()).identityProviders.get(known.id);
    };
    for (const clientSecret of ['first', 'second']) {
      expect(await startWith({ clientSecret: new Secret(clientSecret) })).toMatchObject({
        hasClientSecret: true,
        scimTokenIssuedAt: issuedAt,
      });
      expect((await database.store.clientSecret(known.id))?.reveal()).toBe(clientSecret);
    }
    expect(await startWith({ displayName: 'Other', groupsSource: 'scim' })).toMatchObject({
      hasClientSecret: false,
      spec: { displayName: 'Other', groupsSource: 'scim' },
    });
    expect((await startWith({ groupsSource: 'claims' }))?.spec).not.toHaveProperty('groupsSource');
    expect(await database.store.clientSecret(known.id)).toBeUndefined();
  });

  it('makes of the configured groups owners of the organization and administrators of the installation', async () => {
    const snapshot = await start(bind('owner'), bind('installation-admin'));
    const [organization] = snapshot.organizations.values();
    if (organization === undefined) throw new Error('there is no organization');
    const ann = {
      id: createId('principal'),
      organizationId: organization.id,
      kind: 'user',
      issuer: provider.issuer,
      subjectClaim: 'ann',
      userName: 'ann@example.com',
      displayName: 'Ann',
      groups: ['admins'],
    } as const;
    const target = { kind: 'organization', organizationId: organization.id } as const;
    expect(snapshot.permissions.permits(ann, 'users.create', target)).toBe(true);
    expect(snapshot.permissions.permits(ann, 'keys.rotate', target)).toBe(false);
    expect(snapshot.permissions.permits(ann, 'keys.rotate', { kind: 'installation' })).toBe(true);
    expect(snapshot.permissions.permits({ ...ann, groups: [] }, 'users.create', target)).toBe(false);
  });

  it('brings built-in roles of an earlier version, of every organization, to what they are now', async () => {
    await start();
    const [auditor] = snapshots.current().roles.filter(({ name }) => name === 'auditor');
    if (auditor === undefined) throw new Error('there is no role auditor');
    const other = { id: createId('organization'), name: 'other' };
    await database.store.transact(async (tx) => {
      await tx.put('Role', { ...auditor, permissions: ['clusters.read', 'audit.read'] });
      await putOrganization(tx, other);
    });
    await snapshots.refresh();
    const { roles } = await start();
    expect(roles.find(({ id }) => id === auditor.id)?.permissions).toEqual(BUILT_IN_ROLES.auditor.permissions);
    expect(roles.filter(({ organizationId }) => organizationId === other.id)).toHaveLength(
      BUILT_IN_ROLE_NAMES.length + 1,
    );
  });
});
