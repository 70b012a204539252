import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scripted, startScripted } from '../authn/testing/scripted-login.ts';

const PROVIDER = { organization: 'acme', name: 'development' };
const admin = (overrides: object = {}) => ({ claims: { groups: ['owners'], ...overrides } });
const viewer = { claims: { sub: 'person-2', preferred_username: 'vera', groups: ['viewers'] } };

describe('login sessions by the API', () => {
  let scripted: Scripted;
  beforeAll(async () => {
    scripted = await startScripted();
  });
  afterAll(() => scripted.close());

  it('are listed and ended by the person', async () => {
    const [first, second] = [await scripted.logIn(viewer), await scripted.logIn(viewer)];
    const { items } = await second.api.listMyLoginSessions();
    expect(items.slice(0, 2)).toMatchObject([
      {
        id: second.sessionId,
        user: 'vera',
        method: 'oidc',
        identityProvider: 'development',
        isCurrent: true,
        sourceAddress: '127.0.0.1',
      },
      { id: first.sessionId, isCurrent: false },
    ]);
    await second.api.endMyLoginSession({ id: first.sessionId });
    await expect(first.api.whoAmI()).rejects.toMatchObject({ problem: { code: 'ERR_API_UNAUTHENTICATED' } });
    await expect(second.api.endMyLoginSession({ id: first.sessionId })).rejects.toMatchObject({
      problem: { status: 404 },
    });
    expect((await second.api.endMyLoginSessions()).endedCount).toBeGreaterThanOrEqual(1);
    await expect(second.api.whoAmI()).rejects.toMatchObject({ problem: { code: 'ERR_API_UNAUTHENTICATED' } });
  });

  it('say when they were used', async () => {
    const person = await scripted.logIn(viewer);
    const mine = async () => (await person.api.listMyLoginSessions()).items.find(({ isCurrent }) => isCurrent);
    expect(await mine()).not.toHaveProperty('lastUsedAt');
    const { authn, snapshots } = scripted.installation;
    await authn.activity.flush();
    await snapshots.refresh();
    const used = await mine();
    expect(used?.lastUsedAt?.getTime()).toBeGreaterThanOrEqual(used?.createdAt.getTime() ?? Number.POSITIVE_INFINITY);
  });

  it('of others are for those who may', async () => {
    const [boss, vera] = [await scripted.logIn(admin()), await scripted.logIn(viewer)];
    const organization = 'acme';
    await expect(vera.api.listLoginSessions({ organization })).rejects.toMatchObject({
      problem: { code: 'ERR_API_FORBIDDEN' },
    });
    await expect(vera.api.endLoginSession({ organization, id: boss.sessionId })).rejects.toMatchObject({
      problem: { code: 'ERR_API_FORBIDDEN' },
    });
    await expect(vera.api.endMyLoginSession({ id: boss.sessionId })).rejects.toMatchObject({
      problem: { status: 404 },
    });
    const { items } = await boss.api.listLoginSessions({ organization, user: 'vera' });
    expect(items.map(({ id }) => id)).toContain(vera.sessionId);
    await boss.api.endLoginSession({ organization, id: vera.sessionId });
    await expect(vera.refresh()).rejects.toMatchObject({ error: 'invalid_grant' });
    const [one, two] = [await scripted.logIn(viewer), await scripted.logIn(viewer)];
    expect((await boss.api.endLoginSessionsOfUser({ organization, name: 'vera' })).endedCount).toBeGreaterThanOrEqual(
      2,
    );
    for (const each of [one, two]) await expect(each.api.whoAmI()).rejects.toMatchObject({ problem: { status: 401 } });
    expect((await boss.api.whoAmI()).loginSession.id).toBe(boss.sessionId);
  });

  it('come page by page', async () => {
    const boss = await scripted.logIn(admin());
    for (let i = 0; i < 4; i++) await scripted.logIn(viewer);
    const seen: string[] = [];
    let next: string | undefined;
    do {
      const page = await boss.api.listLoginSessions({
        organization: 'acme',
        limit: 2,
        ...(next !== undefined && { continue: next }),
      });
      seen.push(...page.items.map(({ id }) => id));
      expect(page.items.length).toBeLessThanOrEqual(2);
      next = page.metadata.continue;
    } while (next !== undefined);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThanOrEqual(5);
  });
});

describe('trying an identity provider', () => {
  let scripted: Scripted;
  beforeAll(async () => {
    scripted = await startScripted();
  });
  afterAll(() => scripted.close());

  it('tests the connection', async () => {
    const boss = await scripted.logIn(admin());
    const { isUsable, checks } = await boss.api.testIdentityProvider(PROVIDER);
    expect(isUsable).toBe(true);
    expect(checks.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['discovery', 'ok'],
      ['keys', 'ok'],
      ['clientAuthentication', 'ok'],
      ['pkce', 'warning'],
      ['refresh', 'warning'],
      ['groups', 'ok'],
      ['logout', 'ok'],
    ]);
    await expect(boss.api.testIdentityProvider({ ...PROVIDER, name: 'nope' })).rejects.toMatchObject({
      problem: { status: 404 },
    });
    const vera = await scripted.logIn(viewer);
    await expect(vera.api.testIdentityProvider(PROVIDER)).rejects.toMatchObject({
      problem: { code: 'ERR_API_FORBIDDEN' },
    });
  });

  it('reads a pasted token, also one that has expired, and keeps nothing of it', async () => {
    const boss = await scripted.logIn(admin());
    const before = scripted.installation.snapshots.current().principals.size;
    const old = Math.floor(Date.now() / 1000) - 86_400;
    const token = scripted.provider.sign({
      sub: 'person-7',
      preferred_username: 'grace',
      roles: ['dev'],
      iat: old,
      exp: old + 300,
      aud: 'another',
    });
    const report = await boss.api.dryRunIdentityProvider({
      ...PROVIDER,
      body: { token, claims: { userName: 'preferred_username', groups: 'cel:claims.roles.map(r, "r:" + r)' } },
    });
    expect(report).toMatchObject({
      isAccepted: true,
      fields: [
        { field: 'subject', value: 'person-7' },
        { field: 'userName', value: 'grace' },
        { field: 'groups', value: ['r:dev'] },
        { field: 'displayName', problem: 'absent' },
        { field: 'email', problem: 'absent' },
      ],
      notes: ['the token is for another client', 'the token has expired'],
    });
    expect(scripted.installation.snapshots.current().principals.size).toBe(before);
  });

  it('refuses a token that the provider did not sign, and an expression that does not compile', async () => {
    const boss = await scripted.logIn(admin());
    const token = scripted.provider.sign({ sub: 'x' });
    const dryRun = (body: { token: string; claims?: { groups: string } }) =>
      boss.api.dryRunIdentityProvider({ ...PROVIDER, body });
    for (const forged of [
      'x',
      `${token.slice(0, -4)}AAAA`,
      scripted.provider.sign({ iss: 'https://evil.example.com' }),
    ]) {
      await expect(dryRun({ token: forged })).rejects.toMatchObject({ problem: { code: 'ERR_API_REQUEST_INVALID' } });
    }
    await expect(dryRun({ token, claims: { groups: 'cel:claims.' } })).rejects.toMatchObject({
      problem: { code: 'ERR_API_REQUEST_INVALID', detail: expect.stringContaining('line 1, column 8') },
    });
  });
});
