import type { LoginSessionId } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandLine } from './testing/command-line.ts';
import { type Scripted, startScripted } from './testing/scripted-login.ts';

const WITH_REFRESH = { refreshToken: 'refresh-1', claims: { groups: ['admins', 'dev'] } };

describe('live groups', () => {
  let scripted: Scripted;
  beforeAll(async () => {
    // Every session is due at once, so that a test decides when it is asked about.
    scripted = await startScripted({ limits: { askIntervalMs: 0 } });
  });
  afterAll(() => scripted.close());

  const askDue = () => scripted.installation.authn.vouching.askDue();
  const sessionOf = (id: LoginSessionId) => scripted.installation.snapshots.current().loginSessions.get(id);
  const groupsNow = () =>
    [...scripted.installation.snapshots.current().principals.values()].find(
      ({ subjectClaim }) => subjectClaim === 'person-1',
    )?.groups;
  const lastEvents = async (limit: number) =>
    (await scripted.installation.store.listAudit({ limit })).map(({ code, details }) => ({ code, details }));

  /** Lets time pass since the provider was asked last, as far as the store tells. */
  async function makeStale(id: LoginSessionId, ms: number): Promise<void> {
    const { store } = scripted.installation;
    const tokens = await store.providerTokens.find(id);
    if (tokens === undefined) throw new Error('there are no provider tokens');
    const vouchedAt = new Date(tokens.vouchedAt.getTime() - ms);
    await store.transact((tx) => tx.putProviderTokens({ ...tokens, vouchedAt }));
  }

  async function isOver(person: CommandLine): Promise<void> {
    await expect(person.api.whoAmI()).rejects.toMatchObject({ problem: { code: 'ERR_API_UNAUTHENTICATED' } });
    await expect(person.refresh()).rejects.toMatchObject({ error: 'invalid_grant' });
  }

  for (const [what, groups] of [
    ['empty', []],
    ['null', null],
    ['absent', undefined],
  ] as const) {
    it(`SEC-E14 an ${what} group list at the next refresh ends every right from groups`, async () => {
      const person = await scripted.logIn(WITH_REFRESH);
      expect((await person.api.whoAmI()).permissions).not.toEqual([]);
      scripted.provider.script = { ...WITH_REFRESH, claims: { groups } };
      await askDue();
      expect(groupsNow()).toEqual([]);
      expect((await person.api.whoAmI()).permissions).toEqual([]);
      const [event] = await lastEvents(1);
      expect(event).toEqual({ code: 'principal.groups.changed', details: { added: [], removed: ['admins', 'dev'] } });
    });
  }

  it('asks the provider when the command line refreshes, and takes what it says', async () => {
    const person = await scripted.logIn(WITH_REFRESH);
    await makeStale(person.sessionId, 60_000);
    scripted.provider.script = { refreshToken: 'refresh-2', claims: { groups: ['dev'] } };
    await person.refresh();
    expect(groupsNow()).toEqual(['dev']);
    // A refresh token that rotates is the one that is used next.
    await makeStale(person.sessionId, 60_000);
    await person.refresh();
    expect(scripted.provider.refreshTokens.slice(-2)).toEqual(['refresh-1', 'refresh-2']);
  });

  it('SEC-E19 ends the session when the provider takes its word back', async () => {
    const person = await scripted.logIn(WITH_REFRESH);
    scripted.provider.script = { refresh: { error: 'invalid_grant' } };
    await askDue();
    expect(sessionOf(person.sessionId)).toBeUndefined();
    expect((await lastEvents(1))[0]).toEqual({ code: 'login.session.ended', details: { reason: 'providerRefused' } });
    await isOver(person);
  });

  it('SEC-E19 renews no token once the provider has taken its word back', async () => {
    const person = await scripted.logIn(WITH_REFRESH);
    await makeStale(person.sessionId, 60_000);
    scripted.provider.script = { refresh: { error: 'invalid_grant' } };
    await expect(person.refresh()).rejects.toMatchObject({ error: 'invalid_grant' });
    await isOver(person);
  });

  it('ends the session of claims that make no principal any more', async () => {
    const person = await scripted.logIn(WITH_REFRESH);
    scripted.provider.script = { ...WITH_REFRESH, claims: { groups: ['system:masters'] } };
    await askDue();
    expect(sessionOf(person.sessionId)).toBeUndefined();
  });

  for (const [what, script] of [
    ['that is broken', { refresh: 'broken' }],
    ['that refuses the client', { refresh: { error: 'invalid_client' } }],
    ['that speaks of somebody else', { claims: { sub: 'person-2', groups: ['admins'] } }],
    ['whose token is forged', { forge: () => 'x' }],
  ] as const) {
    it(`goes on for a bounded time under a provider ${what}, with the groups of before, and then ends`, async () => {
      const person = await scripted.logIn(WITH_REFRESH);
      scripted.provider.script = script;
      await askDue();
      expect(groupsNow()).toEqual(['admins', 'dev']);
      expect(sessionOf(person.sessionId)).toBeDefined();
      await makeStale(person.sessionId, 3_600_000);
      await askDue();
      expect(sessionOf(person.sessionId)).toBeUndefined();
      expect((await lastEvents(1))[0]).toMatchObject({ details: { reason: 'providerUnreachable' } });
      await isOver(person);
    });
  }

  it('gives a session a short life when nobody can be asked about it again', async () => {
    const lifeOf = async (person: CommandLine) => {
      const { createdAt, expiresAt } = (await person.api.whoAmI()).loginSession;
      return (expiresAt.getTime() - createdAt.getTime()) / 3_600_000;
    };
    expect(await lifeOf(await scripted.logIn({ claims: { groups: ['admins'] } }))).toBe(4);
    const person = await scripted.logIn(WITH_REFRESH);
    expect(await lifeOf(person)).toBe(12);
    scripted.provider.script = { refresh: 'silent', refreshToken: 'refresh-1' };
    await askDue();
    expect(await lifeOf(person)).toBe(4);
  });

  it('lets one server at a time use a refresh token', async () => {
    const { store } = scripted.installation;
    const person = await scripted.logIn(WITH_REFRESH);
    const at = new Date(Date.now() + 1_000);
    const until = new Date(at.getTime() + 60_000);
    const claims = await Promise.all([1, 2, 3].map(() => store.providerTokens.claimDue(at, until, 10)));
    const mine = claims.flat().filter(({ loginSessionId }) => loginSessionId === person.sessionId);
    expect(mine).toHaveLength(1);
    expect(await store.providerTokens.claim(person.sessionId, at, until)).toBeUndefined();
    expect(await store.providerTokens.claim(person.sessionId, until, until)).toBeDefined();
  });

  it('ends sessions whose provider was disabled', async () => {
    const person = await scripted.logIn(WITH_REFRESH);
    const { installation } = scripted;
    const record = [...installation.snapshots.current().identityProviders.values()][0];
    if (record === undefined) throw new Error('there is no provider');
    const { hasClientSecret: _, isFromConfiguration, ...rest } = record;
    await installation.store.transact((tx) =>
      tx.put('IdentityProvider', { ...rest, isFromConfiguration, spec: { ...record.spec, disabled: true } } as never),
    );
    await installation.snapshots.refresh();
    await expect(scripted.logIn(WITH_REFRESH)).rejects.toThrow(/ERR_LOGIN_(DISABLED|NO_PROVIDER)/);
    await askDue();
    expect(sessionOf(person.sessionId)).toBeUndefined();
  });
});
