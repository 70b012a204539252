import { createHmac, generateKeyPairSync } from 'node:crypto';
import { createId, Secret, silentLogger, systemClock } from '@sallyport/core';
import { createBrowser } from '@sallyport/core/testing';
import type { Configuration } from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configuredProvider } from '../configured-provider.ts';
import { LOOPBACK_NETWORKS } from '../network/outbound-guard.ts';
import { createBroker } from './broker.ts';
import type { OidcProvider } from './oidc-provider-record.ts';
import { createProviderClients } from './provider-clients.ts';
import { createProviderFetch } from './provider-fetch.ts';
import { beginLogin, discover, REDIRECT_URI } from './testing/command-line.ts';
import { type Installation, startInstallation } from './testing/installation.ts';
import {
  jwtPart,
  type ScriptedLogin,
  type ScriptedProvider,
  signEs256,
  startScriptedProvider,
} from './testing/scripted-provider.ts';

const CLIENT_ID = 'sallyport-at-idp';
const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });

function anOidcProvider(overrides: Partial<OidcProvider>): OidcProvider {
  return {
    id: createId('identityProvider'),
    organizationId: createId('organization'),
    name: 'idp',
    displayName: 'IdP',
    issuer: 'https://idp.example.com',
    clientId: CLIENT_ID,
    clientAuthentication: 'none',
    scopes: ['openid'],
    claims: { userName: 'preferred_username' },
    groupsSource: 'claims',
    ...overrides,
  };
}

const now = () => Math.floor(Date.now() / 1000);

describe('the broker', () => {
  let provider: ScriptedProvider;
  let installation: Installation;
  let configuration: Configuration;
  beforeAll(async () => {
    provider = await startScriptedProvider(CLIENT_ID);
    installation = await startInstallation({
      identityProvider: {
        issuer: provider.issuer,
        clientId: CLIENT_ID,
        clientSecret: new Secret('a secret - with hyphens'),
        oauthScopes: ['openid'],
        userNameClaim: 'preferred_username',
      },
    });
    configuration = await discover(installation);
  });
  beforeEach(() => {
    provider.script = {};
  });
  afterAll(async () => {
    await installation.close();
    await provider.close();
  });

  /** Goes through a login; yields the code that the page states, or `signedIn`. */
  async function logIn(script: ScriptedLogin): Promise<string> {
    provider.script = script;
    const { authorizationUrl } = await beginLogin(configuration, installation.publicUrl);
    const leaveAt = (url: string) => url.startsWith(REDIRECT_URI);
    const page = await createBrowser({ fetch: installation.fetch, leaveAt }).open(authorizationUrl);
    if (page === undefined) return 'signedIn';
    return /ERR_\w+/.exec(page.body)?.[0] ?? `a page with status ${page.status}`;
  }

  function principals() {
    return [...installation.snapshots.current().principals.values()].filter(({ kind }) => kind === 'user');
  }

  it('signs a person in over a foreign provider', async () => {
    expect(await logIn({ claims: { groups: ['dev'] } })).toBe('signedIn');
    expect(principals()).toMatchObject([
      { issuer: provider.issuer, subjectClaim: 'person-1', userName: 'person', groups: ['dev'] },
    ]);
  });

  it('takes what the ID token lacks from the user info, and believes the token first', async () => {
    const own = await startScriptedProvider(CLIENT_ID);
    own.script = { claims: { sub: 'p', preferred_username: undefined }, userInfo: { sub: 'p' } };
    const pending = new Map<string, Record<string, unknown>>();
    const broker = createBroker({
      pendingLogins: {
        upsert: async (state, login) => void pending.set(state, login),
        find: async (state) => pending.get(state),
        destroy: async (state) => void pending.delete(state),
      },
      clients: createProviderClients({
        fetch: createProviderFetch({ allowedAddresses: LOOPBACK_NETWORKS }).fetch,
        clock: systemClock,
        logger: silentLogger,
        mode: 'development',
      }),
      clock: systemClock,
    });
    const row = anOidcProvider({ issuer: own.issuer });
    const complete = async () => {
      const url = await broker.begin(row, { callbackUrl: `${installation.publicUrl}/callback`, binding: 'i' });
      const { headers } = await fetch(url, { redirect: 'manual' });
      return broker.complete(row, new URL(headers.get('location') ?? ''), 'i');
    };
    own.script = { ...own.script, userInfo: { sub: 'p', preferred_username: 'from-info', groups: ['info'] } };
    expect(await complete()).toMatchObject({ identity: { userName: 'from-info', groups: ['info'] } });
    own.script = { ...own.script, claims: { sub: 'p', preferred_username: 'from-token' } };
    expect(await complete()).toMatchObject({ identity: { userName: 'from-token', groups: ['info'] } });
    own.script = { ...own.script, userInfo: { sub: 'somebody else', groups: ['admins'] } };
    await expect(complete()).rejects.toMatchObject({ code: 'ERR_LOGIN_RESPONSE_INVALID' });
    await own.close();
  });

  const forgeries: readonly [string, () => ScriptedLogin][] = [
    ['unsigned', () => ({ forge: (h, p) => `${jwtPart({ ...h, alg: 'none' })}.${jwtPart(p)}.` })],
    [
      'signed with the public key as an HS256 secret',
      () => ({
        forge: (h, p) => {
          const input = `${jwtPart({ ...h, alg: 'HS256' })}.${jwtPart(p)}`;
          const secret = provider.publicKey.export({ type: 'spki', format: 'pem' });
          return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
        },
      }),
    ],
    [
      'signed with the client secret',
      () => ({
        forge: (h, p) => {
          const input = `${jwtPart({ ...h, alg: 'HS256' })}.${jwtPart(p)}`;
          return `${input}.${createHmac('sha256', 'a secret - with hyphens').update(input).digest('base64url')}`;
        },
      }),
    ],
    [
      'signed with another key',
      () => ({ forge: (h, p) => signEs256(`${jwtPart(h)}.${jwtPart(p)}`, foreign.privateKey) }),
    ],
    ['for another audience', () => ({ claims: { aud: 'somebody-else' } })],
    ['for several audiences without an authorized party', () => ({ claims: { aud: [CLIENT_ID, 'somebody-else'] } })],
    ['of another issuer', () => ({ claims: { iss: 'https://evil.example.com' } })],
    ['that has expired', () => ({ claims: { iat: now() - 900, exp: now() - 600 } })],
    ['without expiry', () => ({ claims: { exp: undefined } })],
    ['from the future', () => ({ claims: { iat: now() + 600, exp: now() + 900 } })],
    ['that is not valid yet', () => ({ claims: { nbf: now() + 600 } })],
    ['without nonce', () => ({ claims: { nonce: undefined } })],
    ['with a foreign nonce', () => ({ claims: { nonce: 'of another login' } })],
    ['without subject', () => ({ claims: { sub: undefined } })],
    ['with an unknown critical header', () => ({ header: { crit: ['x'], x: 1 } })],
    ['that brings its own key address', () => ({ header: { jku: `${provider.issuer}/evil`, kid: 'evil' } })],
    [
      'that brings its own key',
      () => ({
        forge: (h, p) =>
          signEs256(
            `${jwtPart({ ...h, kid: undefined, jwk: foreign.publicKey.export({ format: 'jwk' }) })}.${jwtPart(p)}`,
            foreign.privateKey,
          ),
      }),
    ],
    [
      'that is encrypted and huge',
      () => ({ forge: () => `${jwtPart({ alg: 'dir', enc: 'A256GCM' })}..a.${'a'.repeat(500_000)}.a` }),
    ],
    ['of more than a megabyte', () => ({ forge: () => 'a'.repeat(2_000_000) })],
    ['that is no token', () => ({ forge: () => 'x' })],
  ];
  for (const [name, script] of forgeries) {
    it(`SEC-E01 refuses an ID token ${name}`, async () => {
      const before = principals().length;
      expect(await logIn(script())).toMatch(/^ERR_LOGIN_(RESPONSE_INVALID|PROVIDER_UNREACHABLE)$/);
      expect(principals()).toHaveLength(before);
      expect(provider.requests).not.toContain('/evil');
    });
  }

  it('SEC-E01 refuses an ID token that states a claim twice, though it is signed', async () => {
    const code = await logIn({
      forge: (h, p, sign) => sign(`${jwtPart(h)}.${jwtPart(`${JSON.stringify(p).slice(0, -1)},"sub":"admin"}`)}`),
    });
    expect(code).toBe('ERR_LOGIN_RESPONSE_INVALID');
    expect(principals().map(({ subjectClaim }) => subjectClaim)).not.toContain('admin');
  });

  it('SEC-E01 reads the keys once under a flood of unknown key ids', async () => {
    await logIn({});
    const asked = () => provider.requests.filter((path) => path === '/jwks').length;
    const before = asked();
    for (let i = 0; i < 20; i++)
      expect(await logIn({ header: { kid: `unknown-${i}` } })).toBe('ERR_LOGIN_RESPONSE_INVALID');
    expect(asked() - before).toBeLessThanOrEqual(1);
  });

  for (const claims of [
    { preferred_username: 'system:masters' },
    { preferred_username: '' },
    { preferred_username: ['person'] },
    { groups: ['dev', 'system:masters'] },
    { groups: { dev: true } },
  ]) {
    it(`SEC-A10 SEC-A09 refuses ${JSON.stringify(claims)} at the login, and audits it`, async () => {
      expect(await logIn({ claims })).toBe('ERR_LOGIN_CLAIMS_REFUSED');
      const [event] = await installation.store.listAudit({ limit: 1 });
      expect(event).toMatchObject({ code: 'login.failed', details: { code: 'ERR_LOGIN_CLAIMS_REFUSED' } });
    });
  }

  it('SEC-E14 takes groups from the newest answer only: absent, null and empty end them all', async () => {
    for (const groups of [undefined, null, []]) {
      await logIn({ claims: { groups: ['dev', 'ops'] } });
      expect(principals()[0]?.groups).toEqual(['dev', 'ops']);
      await logIn({ claims: { groups } });
      expect(principals()[0]?.groups).toEqual([]);
    }
  });

  for (const userName of ['person', 'Person', 'PERSON', '\uff50erson']) {
    it(`SEC-A18 refuses another subject under the name ${userName} of a known principal`, async () => {
      await logIn({});
      const before = principals();
      expect(await logIn({ claims: { sub: 'person-2', preferred_username: userName } })).toBe(
        'ERR_LOGIN_USER_NAME_TAKEN',
      );
      expect(principals()).toEqual(before);
    });
  }

  it('SEC-A18 refuses the name when two new people come with it at once', async () => {
    provider.script = {};
    let subject = 0;
    const claims = {
      get sub() {
        subject += 1;
        return `racer-${subject}`;
      },
      preferred_username: 'racer',
    };
    const outcomes = await Promise.all([logIn({ claims }), logIn({ claims }), logIn({ claims })]);
    expect(outcomes.toSorted()).toEqual(['ERR_LOGIN_USER_NAME_TAKEN', 'ERR_LOGIN_USER_NAME_TAKEN', 'signedIn']);
    expect(principals().filter(({ userName }) => userName === 'racer')).toHaveLength(1);
  });

  it('SEC-A18 the same subject of another provider is another principal', async () => {
    await logIn({});
    const other = await startScriptedProvider(CLIENT_ID);
    const second = {
      ...installation.provider,
      id: createId('identityProvider'),
      name: 'second',
      issuer: other.issuer,
    };
    await installation.store.transact((tx) =>
      tx.put('IdentityProvider', configuredProvider(second.id, second.organizationId, second)),
    );
    other.script = { claims: { preferred_username: 'twin' } };
    const { authorizationUrl } = await beginLogin(configuration, installation.publicUrl);
    const browser = createBrowser({ fetch: installation.fetch, leaveAt: (url) => url.startsWith(REDIRECT_URI) });
    const choice = await browser.open(authorizationUrl);
    await browser.open(choice?.links.find((link) => link.endsWith('/second')) ?? '');
    const people = principals().filter(({ subjectClaim }) => subjectClaim === 'person-1');
    expect(people.map(({ issuer, userName }) => [issuer, userName]).toSorted()).toEqual(
      [
        [provider.issuer, 'person'],
        [other.issuer, 'twin'],
      ].toSorted(),
    );
    await other.close();
  });
});

describe('a provider that is away', () => {
  it('is named on the page with a code and a next step, and audited', async () => {
    const gone = await startScriptedProvider(CLIENT_ID);
    await gone.close();
    const installation = await startInstallation({ identityProvider: { issuer: gone.issuer } });
    const { authorizationUrl } = await beginLogin(await discover(installation), installation.publicUrl);
    const page = await createBrowser({ fetch: installation.fetch }).open(authorizationUrl);
    expect(page?.status).toBe(502);
    expect(page?.body).toContain('ERR_LOGIN_PROVIDER_UNREACHABLE');
    expect(page?.body).toContain(gone.issuer);
    expect(page?.body).toContain('Try again in a moment');
    await installation.close();
  });

  for (const [issuer, mode] of [
    ['http://idp.example.com', 'development'],
    ['http://127.0.0.1.example.com', 'development'],
    ['http://127.0.0.1:1', 'production'],
  ] as const) {
    it(`is not asked over plain http at ${issuer} in ${mode} mode`, async () => {
      const broker = createBroker({
        pendingLogins: { upsert: async () => {}, find: async () => undefined, destroy: async () => {} },
        clients: createProviderClients({
          fetch: () => Promise.reject(new Error('must not be called')),
          clock: systemClock,
          logger: silentLogger,
          mode,
        }),
        clock: systemClock,
      });
      const row = anOidcProvider({ issuer });
      await expect(broker.begin(row, { callbackUrl: 'https://x/callback', binding: 'i' })).rejects.toMatchObject({
        code: 'ERR_LOGIN_PROVIDER_INSECURE',
      });
    });
  }
});
