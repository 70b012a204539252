import { Secret } from '@sallyport/core';
import { signIn } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  beginLogin,
  type CommandLine,
  discover,
  finishLogin,
} from '../../packages/server/src/authn/testing/command-line.ts';
import { type Installation, startInstallation } from '../../packages/server/src/authn/testing/installation.ts';
import { freePort, lacks } from '../support/index.ts';
import { CLIENT_ID, CLIENT_SECRET, type Lemonldap, startLemonldap } from './start-lemonldap.ts';

const EVERYBODY = { admins: "$uid eq 'dwho'", viewers: '1' };

describe.skipIf(lacks('lemonldap'))('LemonLDAP::NG as the identity provider', () => {
  let lemonldap: Lemonldap;
  let installation: Installation;
  beforeAll(async () => {
    const issuer = `http://127.0.0.1:${await freePort()}`;
    installation = await startInstallation({
      limits: { askIntervalMs: 0 },
      identityProvider: {
        displayName: 'LemonLDAP::NG',
        issuer,
        clientId: CLIENT_ID,
        clientSecret: new Secret(CLIENT_SECRET),
        oauthScopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
        userNameClaim: 'preferred_username',
      },
    });
    lemonldap = await startLemonldap({
      issuer,
      redirectUri: `${installation.publicUrl}/login/callback/acme/development`,
      postLogoutRedirectUri: `${installation.publicUrl}/`,
      groups: EVERYBODY,
    });
  }, 60_000);
  afterAll(async () => {
    await lemonldap?.stop();
    await installation?.close();
  });

  async function logIn(user: string): Promise<CommandLine> {
    const configuration = await discover(installation);
    const login = await beginLogin(configuration, installation.publicUrl);
    const { authorizationUrl } = login;
    const redirect = await signIn({ authorizationUrl, user, password: user, fetch: installation.fetch });
    return finishLogin(installation, configuration, login, redirect);
  }

  it('signs people in by code and PKCE, with their groups', async () => {
    const { principal } = await (await logIn('dwho')).api.whoAmI();
    expect(principal).toMatchObject({ issuer: lemonldap.issuer, subjectClaim: 'dwho', userName: 'dwho' });
    // The demonstration users bring groups of their own.
    expect(principal.groups.toSorted()).toEqual(['admins', 'timelords', 'users', 'viewers']);
    const { principal: other } = await (await logIn('rtyler')).api.whoAmI();
    expect(other.groups).toContain('viewers');
    expect(other.groups).not.toContain('admins');
  });

  it('says when and how the person signed in', async () => {
    const { sessionId } = await logIn('dwho');
    const session = installation.snapshots.current().loginSessions.get(sessionId);
    expect(session).toMatchObject({ method: 'oidc', acr: expect.stringMatching(/^loa-/) });
    expect(Math.abs(Date.now() - (session?.authenticatedAt?.getTime() ?? 0))).toBeLessThan(60_000);
  });

  it('SEC-E14 takes groups away at the next refresh, and the rights with them', async () => {
    const person = await logIn('dwho');
    expect((await person.api.whoAmI()).permissions).toContain('clusters.create');
    await lemonldap.setGroups({ viewers: '1' });
    await installation.authn.vouching.askDue();
    const after = await person.api.whoAmI();
    expect(after.principal.groups.toSorted()).toEqual(['timelords', 'users', 'viewers']);
    expect(after.permissions).not.toContain('clusters.create');

    await lemonldap.setGroups({});
    await installation.authn.vouching.askDue();
    const last = await person.api.whoAmI();
    expect(last.principal.groups.toSorted()).toEqual(['timelords', 'users']);
    expect(last.permissions).toEqual([]);
    await person.refresh();

    await lemonldap.setGroups(EVERYBODY);
    await installation.authn.vouching.askDue();
    expect((await person.api.whoAmI()).permissions).toContain('clusters.create');
  }, 60_000);

  it('is tested, and found to lack nothing that signing in needs', async () => {
    await lemonldap.setGroups({ owners: '1' });
    const { checks, isUsable } = await (await logIn('dwho')).api.testIdentityProvider({
      organization: 'acme',
      name: 'development',
    });
    expect(isUsable).toBe(true);
    expect(checks.filter(({ outcome }) => outcome === 'ok').map(({ name }) => name)).toEqual(
      expect.arrayContaining(['discovery', 'keys', 'pkce', 'refresh', 'clientAuthentication', 'logout']),
    );
  });

  it('keeps people signed in while it is away', async () => {
    const person = await logIn('dwho');
    await lemonldap.stop();
    await installation.authn.vouching.askDue();
    expect((await person.api.whoAmI()).principal.userName).toBe('dwho');
    await lemonldap.setGroups(EVERYBODY);
  });
});
