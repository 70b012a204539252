import { createHash, randomBytes } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock } from './fake-clock.ts';
import { createFakeIdentityProvider, type FakeIdentityProvider } from './fake-identity-provider.ts';
import type { TokenFault } from './identity-provider/types.ts';

const REDIRECT = 'http://127.0.0.1:1/callback';
const clock = createFakeClock(new Date());
let provider: FakeIdentityProvider;

beforeEach(async () => {
  provider = await createFakeIdentityProvider({
    users: [
      { subject: 'u-ada', claims: { email: 'ada@acme.test', groups: ['dev'] } },
      { subject: 'u-bob', claims: { email: 'bob@acme.test' } },
    ],
    clients: [{ clientId: 'web', clientSecret: 's3cret', redirectUris: [REDIRECT] }, { clientId: 'native' }],
    clock,
  });
});
afterEach(() => provider.close());

interface Answer {
  readonly status: number;
  readonly body: Record<string, string>;
}
async function get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(provider.issuer + path, { headers });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}
async function post(path: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(provider.issuer + path, { method: 'POST', body: new URLSearchParams(form), headers });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}
const BASIC = { authorization: `Basic ${Buffer.from('web:s3cret').toString('base64')}` };

const VERIFIER = randomBytes(32).toString('base64url');
async function authorize(changes: Record<string, string> = {}): Promise<URLSearchParams> {
  const query = new URLSearchParams({
    client_id: 'web',
    redirect_uri: REDIRECT,
    response_type: 'code',
    scope: 'openid email',
    state: 'st',
    nonce: 'no',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
    ...changes,
  });
  const response = await fetch(`${provider.issuer}/authorize?${query}`, { redirect: 'manual' });
  return new URL(response.headers.get('location') ?? 'error:').searchParams;
}
async function redeem(changes: Record<string, string> = {}): Promise<Answer> {
  const code = (await authorize()).get('code') ?? '';
  const form = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier: VERIFIER, ...changes };
  return post('/token', form, BASIC);
}
async function verify(token: string | undefined) {
  const keys = createLocalJWKSet((await get('/jwks')).body as unknown as JSONWebKeySet);
  const expected = {
    issuer: provider.issuer,
    audience: 'web',
    algorithms: ['RS256'],
    currentDate: new Date(clock.now()),
  };
  return (await jwtVerify(token ?? '', keys, expected)).payload;
}

describe('createFakeIdentityProvider', () => {
  it('describes endpoints that are there', async () => {
    const { body } = await get('/.well-known/openid-configuration');
    expect(body).toMatchObject({ issuer: provider.issuer, token_endpoint: `${provider.issuer}/token` });
    expect((await get('/nothing')).status).toBe(404);
  });

  it('signs a person in by authorization code with PKCE', async () => {
    const redirect = await authorize();
    expect(Object.fromEntries(redirect)).toMatchObject({ state: 'st', iss: provider.issuer });
    const { status, body } = await redeem();
    expect(status).toBe(200);
    expect(await verify(body['id_token'])).toMatchObject({
      sub: 'u-ada',
      email: 'ada@acme.test',
      groups: ['dev'],
      nonce: 'no',
    });
    const bearer = { authorization: `Bearer ${body['access_token']}` };
    expect((await get('/userinfo', bearer)).body).toEqual({ sub: 'u-ada', email: 'ada@acme.test', groups: ['dev'] });
    expect(provider.received.map(({ endpoint }) => endpoint)).toEqual([
      'authorize',
      'authorize',
      'token',
      'jwks',
      'userinfo',
    ]);
    expect(provider.received[2]).toMatchObject({ method: 'POST', parameters: { code_verifier: VERIFIER }, ...BASIC });
  });

  it('signs in whom the test says', async () => {
    provider.signInAs('u-bob');
    expect(await verify((await redeem()).body['id_token'])).toMatchObject({ sub: 'u-bob' });
    expect(() => provider.signInAs('nobody')).toThrow(RangeError);
  });

  const refusals: [string, Record<string, string>, Record<string, string>][] = [
    ['a wrong verifier', { code_verifier: 'wrong' }, BASIC],
    ['another redirect', { redirect_uri: 'http://127.0.0.1:1/other' }, BASIC],
    ['an unknown code', { code: 'x' }, BASIC],
    ['a wrong client secret', {}, { authorization: `Basic ${Buffer.from('web:wrong').toString('base64')}` }],
    ['no client', {}, {}],
    ['an unknown grant type', { grant_type: 'password' }, BASIC],
  ];
  for (const [what, changes, headers] of refusals) {
    it(`refuses ${what}`, async () => {
      const code = (await authorize()).get('code') ?? '';
      const form = {
        grant_type: 'authorization_code',
        code,
        redirect_uri: REDIRECT,
        code_verifier: VERIFIER,
        ...changes,
      };
      const { status, body } = await post('/token', form, headers);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(body).not.toHaveProperty('access_token');
    });
  }

  it('takes a code once, and not after a minute', async () => {
    const code = (await authorize()).get('code') ?? '';
    const form = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier: VERIFIER };
    expect((await post('/token', form, BASIC)).status).toBe(200);
    expect((await post('/token', form, BASIC)).body).toMatchObject({ error: 'invalid_grant' });
    const late = (await authorize()).get('code') ?? '';
    clock.advance(60_000);
    expect((await post('/token', { ...form, code: late }, BASIC)).body).toMatchObject({ error: 'invalid_grant' });
  });

  it('refuses a redirect that is not registered, without redirecting', async () => {
    expect((await authorize({ redirect_uri: 'https://evil.test/' })).has('code')).toBe(false);
  });

  it('sends a person back with an error on demand, once', async () => {
    provider.refuseNextAuthorization({ error: 'access_denied' });
    expect((await authorize()).get('error')).toBe('access_denied');
    expect((await authorize()).has('code')).toBe(true);
    provider.refuseNextToken({ error: 'invalid_client' });
    expect((await redeem()).body).toMatchObject({ error: 'invalid_client' });
    expect((await redeem()).status).toBe(200);
  });

  it('rotates refresh tokens, states changed groups, and ends the family when one is used twice', async () => {
    const first = (await redeem()).body['refresh_token'] ?? '';
    provider.putUser({ subject: 'u-ada', claims: { groups: ['ops'] } });
    const refresh = (token: string) => post('/token', { grant_type: 'refresh_token', refresh_token: token }, BASIC);
    const second = await refresh(first);
    expect(await verify(second.body['id_token'])).toMatchObject({ sub: 'u-ada', groups: ['ops'] });
    expect((await refresh(first)).body).toMatchObject({ error: 'invalid_grant' });
    expect((await refresh(second.body['refresh_token'] ?? '')).body).toMatchObject({ error: 'invalid_grant' });
  });

  it('refuses to refresh for a person who is gone or was revoked', async () => {
    const refresh = (token = '') => post('/token', { grant_type: 'refresh_token', refresh_token: token }, BASIC);
    const one = (await redeem()).body['refresh_token'];
    provider.revokeRefreshTokens('u-ada');
    expect((await refresh(one)).body).toMatchObject({ error: 'invalid_grant' });
    const two = (await redeem()).body['refresh_token'];
    provider.removeUser('u-ada');
    expect((await refresh(two)).body).toMatchObject({ error: 'invalid_grant' });
  });

  it('signs a device in once somebody approved it', async () => {
    const { body } = await post('/device_authorization', { client_id: 'native', scope: 'openid' });
    const poll = () =>
      post('/token', {
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        client_id: 'native',
        device_code: body['device_code'] ?? '',
      });
    expect((await poll()).body).toMatchObject({ error: 'authorization_pending' });
    expect((await poll()).body).toMatchObject({ error: 'slow_down' });
    provider.approveDevice(body['user_code'] ?? '', 'u-bob');
    expect((await poll()).body).toHaveProperty('id_token');
    expect((await poll()).body).toMatchObject({ error: 'invalid_grant' });
  });

  it('tells a device that it was denied or too late', async () => {
    for (const [settle, error] of [
      [(code: string) => provider.denyDevice(code), 'access_denied'],
      [() => clock.advance(600_000), 'expired_token'],
    ] as const) {
      const { body } = await post('/device_authorization', { client_id: 'native' });
      settle(body['user_code'] ?? '');
      const form = {
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        client_id: 'native',
        device_code: body['device_code'] ?? '',
      };
      expect((await post('/token', form)).body).toMatchObject({ error });
    }
  });

  const faults: TokenFault[] = [
    'badSignature',
    'algNone',
    'hs256',
    'unknownKey',
    'keyInHeader',
    'unknownCrit',
    'wrongIssuer',
    'wrongAudience',
    'expired',
    'issuedInFuture',
  ];
  for (const fault of faults) {
    it(`spoils one token with ${fault}, so that a right verifier refuses it`, async () => {
      provider.spoilNextToken(fault);
      await expect(verify((await redeem()).body['id_token'])).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_(JW|JOSE)/),
      });
      await expect(verify((await redeem()).body['id_token'])).resolves.toMatchObject({ sub: 'u-ada' });
    });
  }

  it('spoils what only the relying party can see', async () => {
    provider.spoilNextToken('wrongNonce');
    expect((await verify((await redeem()).body['id_token']))['nonce']).toBe('nonce-of-another-request');
    provider.spoilNextToken('missingNonce');
    expect(await verify((await redeem()).body['id_token'])).not.toHaveProperty('nonce');
    provider.spoilNextToken('duplicateSubject');
    expect(await verify((await redeem()).body['id_token'])).toMatchObject({ sub: 'admin' });
    provider.spoilNextToken('huge');
    expect((await redeem()).body['id_token']?.length).toBeGreaterThan(1_048_576);
  });

  it('rotates keys with and without keeping the former ones', async () => {
    const before = (await redeem()).body['id_token'];
    await provider.rotateKeys();
    await expect(verify(before)).resolves.toBeDefined();
    await expect(verify((await redeem()).body['id_token'])).resolves.toBeDefined();
    await provider.rotateKeys({ dropOld: true });
    await expect(verify(before)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  });

  it('breaks an endpoint until it is mended', async () => {
    provider.breakEndpoint('jwks', 'unavailable');
    expect((await get('/jwks')).status).toBe(503);
    provider.breakEndpoint('jwks', 'notJson');
    await expect(get('/jwks')).rejects.toThrow(SyntaxError);
    provider.breakEndpoint('jwks', 'hang');
    await expect(fetch(`${provider.issuer}/jwks`, { signal: AbortSignal.timeout(50) })).rejects.toThrow();
    provider.breakEndpoint('jwks', undefined);
    expect((await get('/jwks')).status).toBe(200);
  });

  it('signs out to where it was asked', async () => {
    const query = new URLSearchParams({ post_logout_redirect_uri: 'https://sallyport.test/bye', state: 'x' });
    const response = await fetch(`${provider.issuer}/end_session?${query}`, { redirect: 'manual' });
    expect(response.headers.get('location')).toBe('https://sallyport.test/bye?state=x');
    expect((await get('/end_session')).body).toEqual({ signed_out: true });
  });
});
