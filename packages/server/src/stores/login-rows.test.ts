import { createId, type LoginSessionId, Secret } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putOrganization } from '../testing/writes.ts';
import type { LoginSession, ProviderTokens, Store } from './contracts.ts';
import { type TestStore, testDatabases } from './testing.ts';

const MINUTE = 60_000;

for (const database of testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL'])) {
  describe(`login sessions on ${database.name}`, () => {
    const clock = createFakeClock();
    let testStore: TestStore;
    let store: Store;
    beforeAll(async () => {
      testStore = await database.open({ clock });
      store = testStore.store;
    });
    afterAll(() => testStore.drop());

    const later = (ms: number) => new Date(clock.now() + ms);

    async function aSession(overrides: Partial<LoginSession> = {}): Promise<LoginSession> {
      const organizationId = createId('organization');
      const principalId = createId('principal');
      const session: LoginSession = {
        id: createId('loginSession'),
        organizationId,
        principalId,
        method: 'local',
        client: 'web',
        createdAt: later(0),
        expiresAt: later(60 * MINUTE),
        ...overrides,
      };
      await store.transact(async (tx) => {
        await putOrganization(tx, { id: organizationId, name: organizationId.slice(-20) });
        const names = { userName: principalId, displayName: 'A', subjectClaim: principalId, groups: [] };
        await tx.putPrincipal({ id: principalId, organizationId, kind: 'user', issuer: 'i', ...names });
        await tx.putLoginSession(session);
      });
      return session;
    }
    const read = async (id: LoginSessionId) =>
      (await store.changes.read()).records.loginSessions?.find((each) => each.id === id);

    it('are kept whole', async () => {
      const session = await aSession({
        acr: 'urn:mfa',
        amr: ['pwd', 'otp'],
        authenticatedAt: later(-MINUTE),
        lastUsedAt: later(0),
        sourceAddress: '192.0.2.1',
        userAgent: 'agent',
        providerSessionId: 'sid',
        cookieSha256: 'hash',
      });
      expect(await read(session.id)).toEqual(session);
      const bare = await aSession();
      expect(await read(bare.id)).toEqual(bare);
    });

    it('remember their last use, announce it, and never go back', async () => {
      const [used, ended] = [await aSession(), await aSession()];
      await store.transact((tx) => tx.deleteLoginSession(ended.id));
      const before = await store.changes.head();
      const uses = new Map([
        [used.id, later(5 * MINUTE)],
        [ended.id, later(5 * MINUTE)],
      ]);
      await store.transact((tx) => tx.touchLoginSessions(uses));
      const { updates } = await store.changes.read(before);
      expect([...(updates.loginSessions?.keys() ?? [])]).toEqual([used.id]);
      expect((await read(used.id))?.lastUsedAt).toEqual(later(5 * MINUTE));
      await store.transact((tx) => tx.touchLoginSessions(new Map([[used.id, later(MINUTE)]])));
      expect((await read(used.id))?.lastUsedAt).toEqual(later(5 * MINUTE));
    });

    it('SEC-G08 seal what the provider gave, and lose it when they end', async () => {
      const { id } = await aSession();
      const tokens: ProviderTokens = {
        loginSessionId: id,
        refreshToken: new Secret('a refresh token'),
        idToken: new Secret('an ID token'),
        vouchedAt: later(0),
        askAt: later(MINUTE),
      };
      await store.transact((tx) => tx.putProviderTokens(tokens));
      const found = await store.providerTokens.find(id);
      expect([found?.refreshToken?.reveal(), found?.idToken?.reveal()]).toEqual(['a refresh token', 'an ID token']);
      const rows = await testStore.db.selectFrom('provider_tokens').selectAll().execute();
      expect(JSON.stringify(rows)).not.toMatch(/a refresh token|an ID token/);
      await store.transact((tx) => tx.deleteLoginSession(id));
      expect(await store.providerTokens.find(id)).toBeUndefined();
    });

    it('hand what is due to one of any number of askers, and again when that one is gone', async () => {
      const ids = new Set<LoginSessionId>();
      for (let i = 0; i < 20; i++) {
        const { id } = await aSession();
        ids.add(id);
        const tokens = { loginSessionId: id, refreshToken: new Secret('r'), vouchedAt: later(0), askAt: later(0) };
        await store.transact((tx) => tx.putProviderTokens(tokens));
      }
      const { id: silent } = await aSession();
      await store.transact((tx) =>
        tx.putProviderTokens({ loginSessionId: silent, vouchedAt: later(0), askAt: later(0) }),
      );
      const servers = [store, ...(testStore.openAnother ? [await testStore.openAnother()] : [])];
      const askers = [...servers, ...servers, ...servers];
      const claimed = await Promise.all(
        askers.map(({ providerTokens }) => providerTokens.claimDue(later(0), later(MINUTE), 7)),
      );
      const all = claimed.flat().map(({ loginSessionId }) => loginSessionId);
      expect(new Set(all).size).toBe(all.length);
      const rest = await store.providerTokens.claimDue(later(0), later(MINUTE), 100);
      expect(new Set([...all, ...rest.map(({ loginSessionId }) => loginSessionId)])).toEqual(ids);
      expect(await store.providerTokens.claimDue(later(0), later(MINUTE), 100)).toEqual([]);
      expect(await store.providerTokens.claimDue(later(MINUTE), later(2 * MINUTE), 100)).toHaveLength(20);
      for (const other of servers.slice(1)) await other.close();
    });
  });
}
