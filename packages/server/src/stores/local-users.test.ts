import { createId, LOCAL_ISSUER, type PrincipalId, Secret } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putOrganization } from '../testing/writes.ts';
import type { Store } from './contracts.ts';
import { type TestStore, testDatabases } from './testing.ts';

const serverUrl = process.env['SALLYPORT_TEST_POSTGRES_URL'];
const RACERS = 8;

for (const database of testDatabases(serverUrl)) {
  describe(`local users on ${database.name}`, () => {
    const clock = createFakeClock();
    let testStore: TestStore;
    let store: Store;
    const organization = { id: createId('organization'), name: 'acme' };
    beforeAll(async () => {
      testStore = await database.open({ clock });
      store = testStore.store;
      await store.transact((tx) => putOrganization(tx, organization));
    });
    afterAll(() => testStore.drop());

    const now = () => new Date(clock.now());
    async function anAccount(): Promise<PrincipalId> {
      const id = createId('principal');
      await store.transact(async (tx) => {
        await tx.putPrincipal({
          id,
          organizationId: organization.id,
          kind: 'user',
          issuer: LOCAL_ISSUER,
          subjectClaim: id,
          userName: id,
          displayName: id,
          groups: [],
        });
        await tx.localUsers.putAccount(id, now());
      });
      return id;
    }
    /** Runs the same thing several times at once; what each came to. */
    const race = <Result>(work: () => Promise<Result>) => Promise.all(Array.from({ length: RACERS }, work));

    it('keep a password and a code app', async () => {
      const id = await anAccount();
      await store.transact(async ({ localUsers }) => {
        await localUsers.setPassword(id, '$scrypt$x', false);
        await localUsers.setTotp(id, new Secret('ABC'), 7);
      });
      const account = await store.transact(({ localUsers }) => localUsers.findAccount(organization.id, id));
      expect(account).toMatchObject({ principalId: id, passwordHash: '$scrypt$x', mustChangePassword: false });
      expect(account?.totpSecret?.reveal()).toBe('ABC');
      expect(await store.transact(({ localUsers }) => localUsers.demandPasswordChange(id))).toBe(true);
      expect(await store.transact(({ localUsers }) => localUsers.account(id))).toMatchObject({
        mustChangePassword: true,
      });
      await store.transact(({ localUsers }) => localUsers.removeFactors(id));
      const bare = await store.transact(({ localUsers }) => localUsers.account(id));
      expect(bare).toEqual({ principalId: id, mustChangePassword: false, createdAt: account?.createdAt });
      expect(await store.transact(({ localUsers }) => localUsers.demandPasswordChange(id))).toBe(false);
    });

    it('are not found in another organization, and go with their principal', async () => {
      const id = await anAccount();
      const find = (organizationId = organization.id) =>
        store.transact(({ localUsers }) => localUsers.findAccount(organizationId, id));
      expect(await find(createId('organization'))).toBeUndefined();
      expect(await find()).toBeDefined();
      await store.transact((tx) => tx.remove('Principal', id));
      expect(await find()).toBeUndefined();
    });

    it('SEC-E20 use a time step, a recovery code, a link and a one-time value up once, raced', async () => {
      const id = await anAccount();
      const { token } = await store.transact(async (tx) => {
        await tx.localUsers.setTotp(id, new Secret('ABC'), 7);
        await tx.localUsers.replaceRecoveryCodes(id, ['a', 'b']);
        await tx.oneTime.put('test', id, { hello: 'you' }, new Date(clock.now() + 1000));
        const expiresAt = new Date(clock.now() + 1000);
        return { token: await tx.localUsers.issueLink({ principalId: id, kind: 'invitation', expiresAt }) };
      });
      const once = (outcomes: readonly boolean[]) => expect(outcomes.filter(Boolean)).toHaveLength(1);
      once(await race(() => store.transact(({ localUsers }) => localUsers.useTotpStep(id, 8))));
      once(await race(() => store.transact(({ localUsers }) => localUsers.useRecoveryCode(id, 'a'))));
      once(await race(async () => (await store.transact((tx) => tx.localUsers.useLink(token.reveal()))) !== undefined));
      once(await race(async () => (await store.transact((tx) => tx.oneTime.take('test', id))) !== undefined));
      expect(await store.transact(({ localUsers }) => localUsers.useTotpStep(id, 7))).toBe(false);
      expect(await store.transact(({ localUsers }) => localUsers.countRecoveryCodes(id))).toBe(1);
    });

    it('tell a copied passkey by its counter, raced', async () => {
      const principalId = await anAccount();
      const aPasskey = (counter: number) => ({
        id: createId('passkey'),
        principalId,
        credentialId: createId('passkey'),
        publicKey: 'key',
        counter,
        transports: ['usb'],
        isSynced: false,
        displayName: 'Key',
        createdAt: now(),
      });
      const [counting, plain] = [aPasskey(3), aPasskey(0)];
      await store.transact(async ({ localUsers }) => {
        await localUsers.putPasskey(counting);
        await localUsers.putPasskey(plain);
      });
      const use = (id: typeof counting.id, counter: number) =>
        store.transact(({ localUsers }) => localUsers.usePasskey(id, counter, now()));
      expect((await race(() => use(counting.id, 4))).filter(Boolean)).toHaveLength(1);
      expect(await use(counting.id, 0)).toBe(false);
      expect(await use(plain.id, 0)).toBe(true);
      expect(await use(plain.id, 0)).toBe(true);
      expect(await use(plain.id, 1)).toBe(true);
      expect(await use(plain.id, 0)).toBe(false);
      expect(await store.transact(({ localUsers }) => localUsers.findPasskey(counting.credentialId))).toEqual({
        ...counting,
        counter: 4,
        lastUsedAt: now(),
      });
    });

    it('forget links and one-time values when they expire', async () => {
      const id = await anAccount();
      const token = await store.transact(async (tx) => {
        await tx.oneTime.put('test', 'late', { a: 1 }, new Date(clock.now() + 1000));
        return tx.localUsers.issueLink({ principalId: id, kind: 'recovery', expiresAt: new Date(clock.now() + 1000) });
      });
      expect(await store.transact(({ oneTime }) => oneTime.find('test', 'late'))).toEqual({ a: 1 });
      expect(await store.transact(({ oneTime }) => oneTime.find('other', 'late'))).toBeUndefined();
      clock.advance(1000);
      expect(await store.transact(({ oneTime }) => oneTime.find('test', 'late'))).toBeUndefined();
      expect(await store.transact(({ oneTime }) => oneTime.take('test', 'late'))).toBeUndefined();
      expect(await store.transact(({ localUsers }) => localUsers.findLink(token.reveal()))).toBeUndefined();
      expect(await store.transact(({ localUsers }) => localUsers.useLink(token.reveal()))).toBeUndefined();
    });

    it('count tries one after the other, however many come at once', async () => {
      await race(() =>
        store.transact(async ({ tries }) => {
          const failures = ((await tries.lock('key'))?.failures ?? 0) + 1;
          await tries.put('key', { failures, lastAt: now(), lockedUntil: now() });
        }),
      );
      expect(await store.transact(({ tries }) => tries.lock('key'))).toEqual({
        failures: RACERS,
        lastAt: now(),
        lockedUntil: now(),
      });
      await store.transact(({ tries }) => tries.forget('key'));
      expect(await store.transact(({ tries }) => tries.lock('key'))).toBeUndefined();
    });
  });
}
