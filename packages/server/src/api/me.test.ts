import { createId } from '@sallyport/core';
import { API_VERSION, type KindSpec } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putBinding } from '../testing/writes.ts';
import { type AccessWorld, emailOf, startAccessWorld } from './testing/access-world.ts';

let world: AccessWorld;
beforeAll(async () => {
  world = await startAccessWorld();
}, 120_000);
afterAll(() => world?.close());

describe('what everyone is told of themselves', () => {
  it('has the banner of the installation, for whoever may see nothing else of it, until it is taken away', async () => {
    const { installation, people } = world;
    const { store, snapshots, organization } = installation;
    const role = snapshots.current().find('Role', 'installation-admin', organization.id) ?? expect.fail('no role');
    const ada = snapshots.current().find('Principal', emailOf('ada'), organization.id) ?? expect.fail('no ada');
    await store.transact((tx) =>
      putBinding(tx, {
        id: createId('binding'),
        organizationId: organization.id,
        roleId: role.id,
        subjects: [{ kind: 'principal', id: ada.id }],
        scope: { kind: 'installation' },
      }),
    );
    await snapshots.refresh();
    expect(await people.nobody.api.whoAmI()).not.toHaveProperty('maintenance');
    const maintenance = { message: 'Upgrades at noon.', severity: 'warning' } as const;
    const { api } = people.ada;
    const save = (spec: KindSpec<'Installation'>) =>
      api.updateInstallation({
        body: { apiVersion: API_VERSION, kind: 'Installation', metadata: { name: 'installation' }, spec },
      });
    await save({ maintenance });
    expect(await people.nobody.api.whoAmI()).toMatchObject({ maintenance });
    await save({});
    expect(await people.nobody.api.whoAmI()).not.toHaveProperty('maintenance');
  });
});
