import { createId } from '@sallyport/core';
import { API_VERSION, type Discovery, type KindSpec } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putBinding } from '../testing/writes.ts';
import { type AccessWorld, emailOf, startAccessWorld } from './testing/access-world.ts';

let world: AccessWorld;
let save: (spec: KindSpec<'Installation'>) => Promise<unknown>;
beforeAll(async () => {
  world = await startAccessWorld();
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
  const { api } = people.ada;
  save = (spec) =>
    api.updateInstallation({
      body: { apiVersion: API_VERSION, kind: 'Installation', metadata: { name: 'installation' }, spec },
    });
}, 120_000);
afterAll(() => world?.close());

describe('what everyone is told of themselves', () => {
  it('has the banner of the installation, for whoever may see nothing else of it, until it is taken away', async () => {
    const { people } = world;
    expect(await people.nobody.api.whoAmI()).not.toHaveProperty('maintenance');
    const maintenance = { message: 'Upgrades at noon.', severity: 'warning' } as const;
    await save({ maintenance });
    expect(await people.nobody.api.whoAmI()).toMatchObject({ maintenance });
    await save({});
    expect(await people.nobody.api.whoAmI()).not.toHaveProperty('maintenance');
  });
});

describe('how the installation presents itself', () => {
  const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
  const logo = `data:image/svg+xml;base64,${btoa(SVG)}`;
  const supportLinks = [{ label: 'Help desk', url: 'https://help.example.com/' }];
  const ask = (path: string) =>
    world.installation.fetch(`${world.installation.publicUrl}${path}`, {
      method: 'GET',
      headers: {},
      redirect: 'error',
    });
  const discover = async () => JSON.parse(await (await ask('/.well-known/sallyport')).text()) as Discovery;

  it('is told to anybody, the logo by an address of its own', async () => {
    await save({});
    expect(await discover()).not.toHaveProperty('branding');
    await save({ branding: { name: 'Halden Freight', logo, supportLinks } });
    const { branding } = await discover();
    expect(branding).toEqual({
      name: 'Halden Freight',
      logo: expect.stringMatching(/^\/branding\/logo\/[\w-]{22}$/),
      supportLinks,
    });
    expect((await world.people.nobody.api.whoAmI()).branding).toEqual(branding);
    const path = branding?.logo ?? '';
    const image = await ask(path);
    expect(image.headers.get('content-type')).toBe('image/svg+xml');
    expect(image.headers.get('cache-control')).toContain('immutable');
    expect(await image.text()).toBe(SVG);
    await save({ branding: { logo: `data:image/png;base64,${btoa('another')}` } });
    expect((await ask(path)).status).toBe(404);
    expect((await ask((await discover()).branding?.logo ?? '')).headers.get('content-type')).toBe('image/png');
  });

  it('lets a logo do nothing, also when it is opened by itself', async () => {
    await save({ branding: { logo } });
    const { headers } = await ask((await discover()).branding?.logo ?? '');
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('takes links of support at https alone', async () => {
    await expect(
      save({ branding: { supportLinks: [{ label: 'Help', url: 'javascript:alert(1)' }] } }),
    ).rejects.toMatchObject({ problem: { code: 'ERR_API_REQUEST_INVALID' } });
  });
});
