import { generateKeyPairSync } from 'node:crypto';
import { createId, type OrganizationId, type Principal } from '@sallyport/core';
import { createDpopProof, type DpopKeyPair, generateDpopKeyPair } from '@sallyport/core/api';
import { createFakeClock } from '@sallyport/core/testing';
import { calculateJwkThumbprint, exportJWK, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AccessTokenVerifier, createAccessTokenVerifier } from './access-token.ts';
import type { LiveLogin, LoginSessions } from './login-sessions.ts';

const PUBLIC_URL = 'https://sallyport.example.com';
const ISSUER = `${PUBLIC_URL}/oauth`;
const AUDIENCE = `${PUBLIC_URL}/api`;
const TARGET = '/api/v1/me?x=1';
const HEADER = { alg: 'ES256', typ: 'at+jwt', kid: 'k1' };

const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const organizationId = createId('organization');
const login: LiveLogin = {
  organization: { id: organizationId, name: 'acme' } as LiveLogin['organization'],
  principal: aPrincipal(organizationId) as LiveLogin['principal'],
  loginSession: {
    id: createId('loginSession'),
    organizationId,
    principalId: createId('principal'),
    identityProviderId: createId('identityProvider'),
    method: 'oidc',
    client: 'cli',
    createdAt: new Date(0),
    expiresAt: new Date(0),
  },
};

function aPrincipal(organization: OrganizationId): Principal {
  return {
    id: createId('principal'),
    organizationId: organization,
    kind: 'user',
    issuer: 'https://idp.example.com',
    subjectClaim: '1',
    userName: 'ada',
    displayName: 'Ada',
    groups: [],
  };
}

describe('createAccessTokenVerifier', () => {
  const clock = createFakeClock();
  let keys: DpopKeyPair;
  let live: LiveLogin | undefined;
  let verify: AccessTokenVerifier;

  beforeAll(async () => {
    keys = await generateDpopKeyPair();
  });
  beforeEach(async () => {
    live = login;
    verify = createAccessTokenVerifier({
      publicUrl: PUBLIC_URL,
      issuer: ISSUER,
      audience: AUDIENCE,
      verificationKeys: { find: (keyId) => (keyId === 'k1' ? server.publicKey : undefined) },
      loginSessions: {
        use: (id: string) => (id === login.loginSession.id ? live : undefined),
        settle: async () => {},
      } as unknown as LoginSessions,
      clock,
    });
  });

  async function token(claims: JWTPayload = {}, header: Partial<typeof HEADER> = {}, key = server.privateKey) {
    const seconds = Math.floor(clock.now() / 1000);
    return new SignJWT({
      iss: ISSUER,
      aud: AUDIENCE,
      sub: login.principal.id,
      sid: login.loginSession.id,
      iat: seconds,
      exp: seconds + 600,
      cnf: { jkt: await calculateJwkThumbprint(await exportJWK(keys.publicKey)) },
      ...claims,
    })
      .setProtectedHeader({ ...HEADER, ...header })
      .sign(key);
  }

  function proof(accessToken: string, changes: Partial<Parameters<typeof createDpopProof>[0]> = {}) {
    const at = new Date(clock.now());
    return createDpopProof({ keys, method: 'GET', url: `${PUBLIC_URL}${TARGET}`, accessToken, at, ...changes });
  }

  const call = (accessToken: string, dpop: string) =>
    verify({ method: 'GET', target: TARGET, authorization: [`DPoP ${accessToken}`], dpop: [dpop] });

  it('says who makes a request with a token and a proof by its key', async () => {
    const accessToken = await token();
    expect(await call(accessToken, await proof(accessToken))).toBe(login);
  });

  it('refuses a token whose login session is gone', async () => {
    const accessToken = await token();
    live = undefined;
    expect(await call(accessToken, await proof(accessToken))).toBeUndefined();
  });

  it('refuses a token whose session now belongs to another principal', async () => {
    const accessToken = await token({ sub: createId('principal') });
    expect(await call(accessToken, await proof(accessToken))).toBeUndefined();
  });

  it('refuses a proof that comes a second time', async () => {
    const accessToken = await token();
    const once = await proof(accessToken);
    expect(await call(accessToken, once)).toBe(login);
    expect(await call(accessToken, once)).toBeUndefined();
  });

  const claims: readonly [string, JWTPayload][] = [
    ['of another issuer', { iss: PUBLIC_URL }],
    ['for another audience', { aud: 'sallyport:kube:clu_0' }],
    ['that has expired', { exp: 1 }],
    ['without expiry', { exp: undefined as never }],
    ['that is not bound to a key', { cnf: {} }],
    ['with a malformed binding', { cnf: null }],
    ['bound to another key', { cnf: { jkt: 'x' } }],
    ['without a login session', { sid: undefined }],
    ['whose session claim is no text', { sid: 7 }],
    ['of an unknown session', { sid: createId('loginSession') }],
  ];
  for (const [name, change] of claims) {
    it(`refuses a token ${name}`, async () => {
      const accessToken = await token(change);
      expect(await call(accessToken, await proof(accessToken))).toBeUndefined();
    });
  }

  it('refuses a token of another type, and one signed by another key', async () => {
    for (const accessToken of [
      await token({}, { typ: 'JWT' }),
      await token({}, { typ: 'sallyport-kube+jwt' }),
      await token({}, {}, foreign.privateKey),
    ]) {
      expect(await call(accessToken, await proof(accessToken))).toBeUndefined();
    }
  });

  it('SEC-A17 refuses an unsigned token and one signed with the public key as a secret', async () => {
    const [, payload = ''] = (await token()).split('.');
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const unsigned = `${part({ alg: 'none', typ: 'at+jwt' })}.${payload}.`;
    const secret = server.publicKey.export({ type: 'spki', format: 'der' });
    const hmac = await new SignJWT(JSON.parse(Buffer.from(payload, 'base64url').toString()) as JWTPayload)
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'k1' })
      .sign(secret);
    for (const accessToken of [unsigned, hmac]) {
      expect(await call(accessToken, await proof(accessToken))).toBeUndefined();
    }
  });

  const proofs: readonly [string, Partial<Parameters<typeof createDpopProof>[0]>][] = [
    ['for another method', { method: 'DELETE' }],
    ['for another path', { url: `${PUBLIC_URL}/api/v1/other` }],
    ['for another host', { url: `https://evil.example.com${TARGET}` }],
    ['for another access token', { accessToken: 'a.b.c' }],
    ['from the past', { at: new Date(clock.now() - 61_000) }],
    ['from the future', { at: new Date(clock.now() + 61_000) }],
  ];
  for (const [name, change] of proofs) {
    it(`refuses a proof ${name}`, async () => {
      const accessToken = await token();
      expect(await call(accessToken, await proof(accessToken, change))).toBeUndefined();
    });
  }

  it('refuses a proof without binding, by another key, of another type, or no proof at all', async () => {
    const accessToken = await token();
    const other = await generateDpopKeyPair();
    const { accessToken: _, ...unbound } = { accessToken, keys, method: 'GET', url: `${PUBLIC_URL}${TARGET}` };
    const claimsOf = { jti: 'j', htm: 'GET', htu: `${PUBLIC_URL}/api/v1/me` };
    const wrongType = await new SignJWT(claimsOf)
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', jwk: await exportJWK(keys.publicKey) })
      .setIssuedAt(new Date(clock.now()))
      .sign(keys.privateKey);
    for (const dpop of [
      await createDpopProof({ ...unbound, at: new Date(clock.now()) }),
      await proof(accessToken, { keys: other }),
      wrongType,
      'x'.repeat(5_000),
      '',
    ]) {
      expect(await call(accessToken, dpop)).toBeUndefined();
    }
    expect(
      await verify({ method: 'GET', target: TARGET, authorization: [`DPoP ${accessToken}`], dpop: [] }),
    ).toBeUndefined();
  });

  it('refuses a bound token presented as bearer, and repeated header lines', async () => {
    const accessToken = await token();
    const line = `DPoP ${accessToken}`;
    const base = { method: 'GET', target: TARGET };
    for (const headers of [
      { authorization: [`Bearer ${accessToken}`], dpop: [await proof(accessToken)] },
      { authorization: [line, line], dpop: [await proof(accessToken)] },
      { authorization: [line], dpop: [await proof(accessToken), await proof(accessToken)] },
      { authorization: [], dpop: [await proof(accessToken)] },
    ]) {
      expect(await verify({ ...base, ...headers })).toBeUndefined();
    }
  });
});
