import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createId } from '../ids.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { createCapabilitySigner } from './capability.ts';
import { createSigningKeyRing, generateSigningKey, rotateSigningKeys, type SigningKeyRing } from './keys.ts';
import {
  createCredentialIssuer,
  createCredentialVerifier,
  kubeAudience,
  looksLikeKubeCredential,
} from './kube-credential.ts';
import type { KubeCredentialClaims } from './types.ts';

const ISSUER = 'https://sallyport.test';
const CLAIMS: KubeCredentialClaims = {
  credentialId: createId('credential'),
  principalId: createId('principal'),
  loginSessionId: createId('loginSession'),
  organizationId: createId('organization'),
  clusterId: createId('cluster'),
};

function setUp(options: { maxCachedTokens?: number } = {}) {
  const clock = createFakeClock(new Date('2026-03-01T12:00:00.250Z'));
  const key = generateSigningKey();
  const keys = createSigningKeyRing({ keys: [key], activeKeyId: key.keyId, clock });
  const issuer = createCredentialIssuer({ issuer: ISSUER, keys, clock });
  const verifier = createCredentialVerifier({ issuer: ISSUER, keys, clock, ...options });
  return { clock, key, keys, issuer, verifier };
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signs any header and payload with the ring's own key: everything but the part under test is right. */
function forge(keys: SigningKeyRing, header: Record<string, unknown>, payload: Record<string, unknown> = {}): string {
  const now = Date.parse('2026-03-01T12:00:00Z') / 1_000;
  const { keyId, privateKey } = keys.active();
  const signed = `${encode({ alg: 'ES256', typ: 'sallyport-kube+jwt', kid: keyId, ...header })}.${encode({
    iss: ISSUER,
    aud: kubeAudience(CLAIMS.clusterId),
    sub: CLAIMS.principalId,
    jti: CLAIMS.credentialId,
    org: CLAIMS.organizationId,
    iat: now,
    exp: now + 300,
    ...payload,
  })}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

describe('kube credentials', () => {
  it('verify to the claims they were minted with', async () => {
    const { issuer, verifier } = setUp();
    const { token, expiresAt } = await issuer.mint(CLAIMS, 300_000);
    expect(expiresAt).toEqual(new Date('2026-03-01T12:05:00Z'));
    expect(await verifier.verify(token.reveal())).toEqual({
      ...CLAIMS,
      issuedAt: new Date('2026-03-01T12:00:00Z'),
      expiresAt,
    });
    expect(JSON.stringify({ token })).toBe('{"token":"[redacted]"}');
  });

  it('end no later than they may, however long they should live', async () => {
    const { clock, issuer } = setUp();
    const notAfter = new Date('2026-03-01T12:01:30.999Z');
    expect((await issuer.mint(CLAIMS, 300_000, notAfter)).expiresAt).toEqual(new Date('2026-03-01T12:01:30Z'));
    expect((await issuer.mint(CLAIMS, 60_000, notAfter)).expiresAt).toEqual(new Date('2026-03-01T12:01:00Z'));
    clock.advance(90_001);
    await expect(issuer.mint(CLAIMS, 60_000, notAfter)).rejects.toMatchObject({ code: 'ERR_CREDENTIAL_LIFETIME' });
  });

  it('may belong to no login session', async () => {
    const { issuer, verifier } = setUp();
    const { loginSessionId: _, ...claims } = CLAIMS;
    const { token } = await issuer.mint(claims, 60_000);
    expect(await verifier.verify(token.reveal())).not.toHaveProperty('loginSessionId');
  });

  for (const lifetimeMs of [0, -1, 999, 600_001, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`SEC-E18 are not minted for ${lifetimeMs} ms`, async () => {
      await expect(setUp().issuer.mint(CLAIMS, lifetimeMs)).rejects.toMatchObject({ code: 'ERR_CREDENTIAL_LIFETIME' });
    });
  }

  it('are answered from the cache synchronously until they expire, and not after', async () => {
    const { clock, issuer, verifier } = setUp();
    const token = (await issuer.mint(CLAIMS, 60_000)).token.reveal();
    expect(verifier.peek(token)).toBeUndefined();
    const verified = await verifier.verify(token);
    expect(verifier.peek(token)).toBe(verified);
    clock.advance(59_749);
    expect(verifier.peek(token)).toBe(verified);
    clock.advance(1);
    expect(verifier.peek(token)).toBeUndefined();
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'ERR_CREDENTIAL_EXPIRED' });
  });

  it('are forgotten, oldest first, when the cache is full', async () => {
    const { issuer, verifier } = setUp({ maxCachedTokens: 2 });
    const tokens: string[] = [];
    for (let i = 0; i < 3; i++) {
      const token = (await issuer.mint({ ...CLAIMS, credentialId: createId('credential') }, 60_000)).token.reveal();
      tokens.push(token);
      await verifier.verify(token);
      verifier.peek(tokens[0] as string);
    }
    expect(tokens.map((token) => verifier.peek(token) !== undefined)).toEqual([true, false, true]);
  });

  it('SEC-E01 verify under a retired key only during its overlap, cached or not', async () => {
    const { clock, key, keys, issuer, verifier } = setUp();
    const token = (await issuer.mint(CLAIMS, 600_000)).token.reveal();
    const next = generateSigningKey();
    const state = { keys: [key], activeKeyId: key.keyId };
    keys.update(rotateSigningKeys(state, next, { at: new Date(clock.now()), overlapMs: 120_000 }));
    expect(keys.jwks().keys.map((jwk) => jwk.kid)).toEqual([next.keyId, key.keyId]);
    await verifier.verify(token);
    clock.advance(119_999);
    expect(verifier.peek(token)).toBeDefined();
    clock.advance(1);
    expect(verifier.peek(token)).toBeUndefined();
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'ERR_CREDENTIAL_INVALID' });
    expect(keys.jwks().keys.map((jwk) => jwk.kid)).toEqual([next.keyId]);
  });

  it('SEC-E01 accepts the forgery helper when nothing is forged, so that the refusals below mean something', async () => {
    const { keys, verifier } = setUp();
    await expect(verifier.verify(forge(keys, {}))).resolves.toMatchObject({ clusterId: CLAIMS.clusterId });
  });

  const now = Date.parse('2026-03-01T12:00:00Z') / 1_000;
  const refusals: {
    name: string;
    header?: Record<string, unknown>;
    payload?: Record<string, unknown>;
    code?: string;
  }[] = [
    { name: 'alg none in the header', header: { alg: 'none' } },
    { name: 'another algorithm of the same key', header: { alg: 'ES384' } },
    { name: 'an unknown crit', header: { crit: ['x'], x: 1 } },
    { name: 'a crit for b64', header: { crit: ['b64'], b64: false } },
    { name: 'an unknown key id', header: { kid: 'unknown' } },
    { name: 'no key id', header: { kid: undefined } },
    { name: 'another kind of token', header: { typ: 'JWT' } },
    { name: 'no kind of token', header: { typ: undefined } },
    { name: 'a foreign issuer', payload: { iss: 'https://other.test' } },
    { name: 'no issuer', payload: { iss: undefined } },
    { name: 'an audience that is not a cluster', payload: { aud: 'sallyport:api' }, code: 'ERR_CREDENTIAL_AUDIENCE' },
    {
      name: 'several audiences',
      payload: { aud: [kubeAudience(CLAIMS.clusterId), 'x'] },
      code: 'ERR_CREDENTIAL_AUDIENCE',
    },
    { name: 'no audience', payload: { aud: undefined } },
    { name: 'a time of issue in the future', payload: { iat: now + 3_600, exp: now + 3_900 } },
    { name: 'no time of issue', payload: { iat: undefined } },
    { name: 'no expiry', payload: { exp: undefined } },
    { name: 'an expiry that is text', payload: { exp: String(now + 300) } },
    { name: 'a life that has ended', payload: { iat: now - 600, exp: now }, code: 'ERR_CREDENTIAL_EXPIRED' },
    { name: 'a time before which it is not valid', payload: { nbf: now + 60 } },
    { name: 'a principal of another kind', payload: { sub: CLAIMS.organizationId } },
    { name: 'a login session that is no id', payload: { sid: 7 } },
    { name: 'no organization', payload: { org: undefined } },
  ];
  for (const { name, header = {}, payload = {}, code = 'ERR_CREDENTIAL_INVALID' } of refusals) {
    it(`SEC-E01 are refused with ${name}`, async () => {
      const { keys, verifier } = setUp();
      await expect(verifier.verify(forge(keys, header, payload))).rejects.toMatchObject({ code });
    });
  }

  it('SEC-E01 are refused unsigned, altered, signed by HS256 with the public key, or by a key named in the header', async () => {
    const { key, keys, verifier } = setUp();
    const good = forge(keys, {});
    const [header, payload, signature] = good.split('.') as [string, string, string];
    const unsigned = `${encode({ alg: 'none', typ: 'sallyport-kube+jwt', kid: key.keyId })}.${payload}.`;
    const publicPem = createPublicKey(keys.active().privateKey).export({ type: 'spki', format: 'pem' });
    const hsInput = `${encode({ alg: 'HS256', typ: 'sallyport-kube+jwt', kid: key.keyId })}.${payload}`;
    const hs256 = `${hsInput}.${createHmac('sha256', publicPem).update(hsInput).digest('base64url')}`;
    const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const ownInput = `${encode({
      alg: 'ES256',
      typ: 'sallyport-kube+jwt',
      kid: key.keyId,
      jwk: own.publicKey.export({ format: 'jwk' }),
      jku: 'https://127.0.0.1:1/jwks',
    })}.${payload}`;
    const ownSignature = sign('sha256', Buffer.from(ownInput), { key: own.privateKey, dsaEncoding: 'ieee-p1363' });
    const altered = `${header}.${encode({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), sub: createId('principal') })}.${signature}`;
    const tokens = [
      unsigned,
      hs256,
      `${ownInput}.${ownSignature.toString('base64url')}`,
      altered,
      '',
      'a.b.c',
      `${good}.`,
      `${good}x`,
    ];
    for (const token of tokens) {
      await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'ERR_CREDENTIAL_INVALID' });
    }
  });

  it('SEC-E01 are refused unread when they are very long', async () => {
    const { keys, verifier } = setUp();
    const long = forge(keys, {}, { padding: 'x'.repeat(70_000) });
    await expect(verifier.verify(long)).rejects.toMatchObject({
      code: 'ERR_CREDENTIAL_INVALID',
      cause: expect.objectContaining({ message: expect.stringMatching(/^token is \d+ characters, limit is 65536$/) }),
    });
  });

  it('SEC-E13 do not include capabilities, even under the same key', async () => {
    const { clock, keys, verifier } = setUp();
    const signer = createCapabilitySigner({ keys, clock });
    const { clusterId, principalId } = CLAIMS;
    const impersonation = { user: 'ada', groups: [] };
    const { token } = await signer.sign({
      clusterId,
      principalId,
      impersonation,
      actionClass: 'read',
      snapshotVersion: 1,
    });
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'ERR_CREDENTIAL_INVALID' });
    expect(looksLikeKubeCredential(token)).toBe(false);
  });

  it('are recognised by their audience without being verified', async () => {
    const { keys } = setUp();
    expect(looksLikeKubeCredential(forge(keys, {}))).toBe(true);
    expect(looksLikeKubeCredential(forge(keys, {}, { aud: 'sallyport:api' }))).toBe(false);
    expect(looksLikeKubeCredential('opaque-token')).toBe(false);
    expect(looksLikeKubeCredential(`${forge(keys, {})}${'x'.repeat(70_000)}`)).toBe(false);
  });

  it('SEC-G08 never show in the errors that refuse them', async () => {
    const { clock, issuer, verifier } = setUp();
    const token = (await issuer.mint(CLAIMS, 1_000)).token.reveal();
    clock.advance(2_000);
    const error: unknown = await verifier.verify(token).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ERR_CREDENTIAL_EXPIRED' });
    expect(String((error as Error).stack)).not.toContain(token.slice(0, 40));
  });
});
