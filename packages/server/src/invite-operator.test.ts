import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { developmentConfig, type ServerConfig } from './config.ts';
import { inviteOperator } from './invite-operator.ts';
import { storeLocationOf, storeOptionsOf } from './key-management.ts';
import { createSnapshotSource } from './snapshot-source.ts';
import { openStore } from './stores/index.ts';

describe('the invitation of an operator', () => {
  let config: ServerConfig;
  let folder = '';
  const publicUrl = 'https://sallyport.example.com';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-invite-'));
    config = developmentConfig({ stateDir: folder, organization: 'acme' });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function inStore<Result>(
    work: (
      store: Awaited<ReturnType<typeof openStore>>,
      snapshot: Awaited<ReturnType<typeof createSnapshotSource>>,
    ) => Promise<Result>,
  ): Promise<Result> {
    const store = await openStore(storeLocationOf(config), storeOptionsOf(config, systemClock, silentLogger));
    const snapshots = await createSnapshotSource({ store, clock: systemClock, logger: silentLogger });
    try {
      return await work(store, snapshots);
    } finally {
      await snapshots.close();
      await store.close();
    }
  }

  it('makes the first owner of an empty database, with a link that is stored hashed', async () => {
    const { link } = await inviteOperator(config, { name: 'ada@example.com', role: 'owner', publicUrl });
    const address = new URL(link.reveal());
    expect(address.origin + address.pathname).toBe(`${publicUrl}/login/local/link`);
    await inStore(async (store, snapshots) => {
      const snapshot = snapshots.current();
      const ada = [...snapshot.principals.values()].find(({ userName }) => userName === 'ada@example.com');
      expect(ada).toMatchObject({ kind: 'user', issuer: 'sallyport:local' });
      const owner = snapshot.roles.find(({ name }) => name === 'owner');
      const bound = snapshot.bindings.filter(({ subjects }) =>
        subjects.some((each) => 'id' in each && each.id === ada?.id),
      );
      expect(bound).toMatchObject([{ roleId: owner?.id, scope: { kind: 'organization' } }]);
      const found = await store.transact(({ localUsers }) => localUsers.findLink(address.hash.slice(1)));
      expect(found?.principalId).toBe(ada?.id);
      const [event] = (await store.listAudit({ limit: 10 })).filter(({ code }) => code === 'user.invited');
      expect(event).toMatchObject({ severity: 'warning', details: { user: 'ada@example.com', role: 'owner' } });
      expect(event).not.toHaveProperty('principal');
    });
  });

  it('sets a local user up anew: one user, one binding, and the earlier link is void', async () => {
    const first = await inviteOperator(config, { name: 'ben@example.com', role: 'owner', publicUrl });
    const second = await inviteOperator(config, { name: 'Ben@Example.com', role: 'owner', publicUrl });
    await inStore(async (store, snapshots) => {
      const { principals, bindings } = snapshots.current();
      const bens = [...principals.values()].filter(({ userName }) => userName.toLowerCase() === 'ben@example.com');
      expect(bens).toHaveLength(1);
      const own = bindings.filter(({ subjects }) => subjects.some((each) => 'id' in each && each.id === bens[0]?.id));
      expect(own).toHaveLength(1);
      const find = (link: typeof first) =>
        store.transact(({ localUsers }) => localUsers.findLink(new URL(link.link.reveal()).hash.slice(1)));
      expect(await find(first)).toBeUndefined();
      expect(await find(second)).toMatchObject({ kind: 'recovery' });
    });
  });

  it('SEC-E03 refuses a person of an identity provider, and a switched-off organization', async () => {
    await inStore(async (store, snapshots) => {
      const organization = snapshots.current().find('Organization', 'acme');
      const ada = snapshots.current().find('Principal', 'ada@example.com', organization?.id);
      if (organization === undefined || ada === undefined) throw new Error('was made');
      await store.transact(async (tx) => {
        await tx.putPrincipal({ ...ada, issuer: 'https://login.example.com' });
      });
    });
    const invite = (name: string) => inviteOperator(config, { name, role: 'owner', publicUrl });
    await expect(invite('ada@example.com')).rejects.toMatchObject({ code: 'ERR_LOGIN_NOT_LOCAL' });
    await inStore(async (store, snapshots) => {
      const organization = snapshots.current().find('Organization', 'acme');
      if (organization === undefined) throw new Error('was made');
      await store.transact((tx) =>
        tx.put('Organization', { ...organization, spec: { settings: { disableLocalUsers: true } } }),
      );
    });
    await expect(invite('cid@example.com')).rejects.toMatchObject({ code: 'ERR_LOGIN_LOCAL_DISABLED' });
  });

  for (const [name, role] of [
    ['system:admin', 'owner'],
    ['serviceaccount:ci', 'owner'],
    ['', 'owner'],
    ['dan@example.com', 'emperor'],
    ['dan@example.com', 'installation-admin'],
    ['dan@example.com', 'constructor'],
  ] as const) {
    it(`refuses ${JSON.stringify(name)} as ${role}`, async () => {
      await expect(inviteOperator(config, { name, role, publicUrl })).rejects.toMatchObject({
        code: 'ERR_INVITATION_REFUSED',
      });
    });
  }
});
