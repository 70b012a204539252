import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { silentLogger } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { CompactEncrypt, exportJWK, SignJWT } from 'jose';
import type { CustomFetch } from 'openid-client';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  createIssuerKeys,
  ISSUER_KEYS_COOLDOWN_MS,
  ISSUER_KEYS_MAX_AGE_MS,
  ISSUER_KEYS_RETRY_MS,
} from './issuer-keys.ts';
import { createWorkloadVerifier, type WorkloadTerms, type WorkloadVerifier } from './workload-verifier.ts';

const ISSUER = 'https://ci.example.com';
const JWKS_URI = `${ISSUER}/keys`;
const first = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const second = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const terms: WorkloadTerms = {
  issuer: ISSUER,
  audiences: ['sallyport'],
  condition: 'claims.repository == "acme/api" && claims.ref == "refs/heads/main"',
};

async function jwk(publicKey: KeyObject, kid: string) {
  return { ...(await exportJWK(publicKey)), kid };
}

describe('createWorkloadVerifier', () => {
  const clock = createFakeClock();
  let documents: Record<string, { status: number; body: unknown }>;
  let requests: string[];
  let verifier: WorkloadVerifier;

  beforeEach(async () => {
    requests = [];
    documents = {
      [`${ISSUER}/.well-known/openid-configuration`]: { status: 200, body: { issuer: ISSUER, jwks_uri: JWKS_URI } },
      [JWKS_URI]: { status: 200, body: { keys: [await jwk(first.publicKey, 'one')] } },
    };
    const fetch: CustomFetch = async (url) => {
      requests.push(url);
      const { status, body } = documents[url] ?? { status: 404, body: {} };
      return new Response(JSON.stringify(body), { status });
    };
    const issuerKeys = createIssuerKeys({ fetch, clock, logger: silentLogger, mode: 'production' });
    verifier = createWorkloadVerifier({ issuerKeys, clock });
  });

  const now = () => Math.floor(clock.now() / 1000);
  function token(
    claims: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
    key: KeyObject = first.privateKey,
  ) {
    return new SignJWT({
      iss: ISSUER,
      aud: 'sallyport',
      sub: 'repo:acme/api:ref:refs/heads/main',
      iat: now(),
      exp: now() + 300,
      jti: 'run-1',
      repository: 'acme/api',
      ref: 'refs/heads/main',
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'JWT', ...header })
      .sign(key);
  }
  const encode = (text: string) => Buffer.from(text).toString('base64url');

  it('verifies a token of the issuer for the audience whose claims satisfy the condition', async () => {
    const verified = await verifier.verify(terms, await token());
    expect(verified).toEqual({
      subjectClaim: 'repo:acme/api:ref:refs/heads/main',
      expiresAt: new Date((now() + 300) * 1000),
      mark: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(requests).toEqual([`${ISSUER}/.well-known/openid-configuration`, JWKS_URI]);
  });

  it('verifies with given keys and asks nobody', async () => {
    const jwks = { keys: [await jwk(second.publicKey, 'two')] };
    await verifier.verify({ ...terms, jwks }, await token({}, { alg: 'RS256', kid: 'two' }, second.privateKey));
    await expect(verifier.verify({ ...terms, jwks }, await token())).rejects.toThrow('its key is none of the issuer’s');
    expect(requests).toEqual([]);
  });

  it('takes one of several audiences', async () => {
    await verifier.verify(terms, await token({ aud: ['other', 'sallyport'] }));
  });

  const claims: readonly [string, Record<string, unknown>, string][] = [
    ['of another issuer', { iss: 'https://evil.example.com' }, 'another issuer'],
    ['without an issuer', { iss: undefined }, 'another issuer'],
    ['of the same issuer with a slash more', { iss: `${ISSUER}/` }, 'another issuer'],
    ['for another audience', { aud: 'kubernetes' }, 'another audience'],
    ['without an audience', { aud: undefined }, 'another audience'],
    ['with an empty audience', { aud: [] }, 'another audience'],
    ['that has expired', { exp: 1 }, 'expired'],
    ['without an end', { exp: undefined }, 'does not state'],
    ['with an end that is text', { exp: '99999999999' }, 'does not state'],
    ['without its time of issue', { iat: undefined }, 'does not state'],
    ['without a subject', { sub: undefined }, 'subject'],
    ['with an empty subject', { sub: '' }, 'subject'],
    ['with a huge subject', { sub: 'x'.repeat(1_025) }, 'subject'],
  ];
  for (const [name, change, why] of claims) {
    it(`SEC-E01 refuses a workload token ${name}`, async () => {
      await expect(verifier.verify(terms, await token(change))).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_WORKLOAD_(TOKEN|CLAIMS)_REFUSED$/),
        message: expect.stringContaining(why),
      });
    });
  }

  it('SEC-E01 refuses a workload token issued or starting in the future, and takes one of a clock that is a little ahead', async () => {
    await verifier.verify(terms, await token({ iat: now() + 50, nbf: now() + 50 }));
    await expect(verifier.verify(terms, await token({ iat: now() + 70, exp: now() + 400 }))).rejects.toThrow(
      'in the future',
    );
    await expect(verifier.verify(terms, await token({ nbf: now() + 70 }))).rejects.toThrow('not valid yet');
  });

  it('refuses a workload token that lives longer than a day', async () => {
    await expect(verifier.verify(terms, await token({ exp: now() + 86_401 }))).rejects.toMatchObject({
      code: 'ERR_WORKLOAD_CLAIMS_REFUSED',
      message: expect.stringContaining('it lives 86401 seconds, limit is 86400'),
    });
  });

  const headers: readonly [string, Record<string, unknown>][] = [
    ['with a key URL (jku)', { jku: 'https://evil.example.com/keys' }],
    ['with a certificate URL (x5u)', { x5u: 'https://evil.example.com/cert' }],
    ['with a key of its own (jwk)', { jwk: foreign.publicKey.export({ format: 'jwk' }) }],
    ['with a certificate of its own (x5c)', { x5c: ['MIIB'] }],
    ['of another type', { typ: 'at+jwt' }],
    ['with a huge key id', { kid: 'k'.repeat(256) }],
  ];
  for (const [name, change] of headers) {
    it(`SEC-E01 refuses a workload token ${name}, before any key is read`, async () => {
      await expect(verifier.verify(terms, await token({}, change))).rejects.toMatchObject({
        code: 'ERR_WORKLOAD_TOKEN_REFUSED',
      });
      expect(requests).toEqual([]);
    });
  }

  it('SEC-E01 refuses a workload token with a critical extension, known to the library or not', async () => {
    const [, payload, signature] = (await token()).split('.');
    for (const header of [
      { alg: 'ES256', kid: 'one', crit: ['exp'], exp: now() },
      { alg: 'ES256', kid: 'one', crit: ['b64'], b64: true },
      { alg: 'ES256', kid: 'one', crit: [] },
    ]) {
      const text = `${encode(JSON.stringify(header))}.${payload}.${signature}`;
      await expect(verifier.verify(terms, text)).rejects.toThrow('demands an extension');
    }
  });

  it('SEC-E01 refuses an unsigned workload token, and one signed with the public key as a shared secret', async () => {
    const [, payload] = (await token()).split('.');
    const none = `${encode('{"alg":"none"}')}.${payload}`;
    const hmac = `${encode('{"alg":"HS256","kid":"one"}')}.${payload}`;
    const pem = first.publicKey.export({ type: 'spki', format: 'pem' });
    for (const text of [
      `${none}.`,
      `${none}.AAAA`,
      `${hmac}.${createHmac('sha256', pem).update(hmac).digest('base64url')}`,
    ]) {
      await expect(verifier.verify(terms, text)).rejects.toMatchObject({ code: 'ERR_WORKLOAD_TOKEN_REFUSED' });
    }
    expect(requests).toEqual([]);
  });

  it('SEC-E01 refuses a workload token that states a name twice, in the header or in nested claims', async () => {
    const [header, payload, signature] = (await token()).split('.') as [string, string, string];
    const decode = (part: string) => Buffer.from(part, 'base64url').toString();
    const twice = (part: string, more: string) => encode(`${decode(part).slice(0, -1)},${more}}`);
    for (const text of [
      `${twice(header, '"alg":"ES256"')}.${payload}.${signature}`,
      `${header}.${twice(payload, '"repository":"acme/api"')}.${signature}`,
      `${header}.${twice(payload, '"x":{"a":1,"\\u0061":2}')}.${signature}`,
    ]) {
      await expect(verifier.verify(terms, text)).rejects.toThrow('states a name twice');
    }
  });

  it('SEC-E01 refuses an encrypted, a huge and a malformed workload token without reading a key', async () => {
    const encrypted = await new CompactEncrypt(Buffer.alloc(100_000))
      .setProtectedHeader({ alg: 'RSA-OAEP', enc: 'A256GCM', zip: undefined as never })
      .encrypt(second.publicKey);
    for (const text of [encrypted, 'a.b.c.d.e', 'x'.repeat(16_385), 'a.b', '', 'a.b.c', `${await token()}\n`]) {
      await expect(verifier.verify(terms, text)).rejects.toMatchObject({ code: 'ERR_WORKLOAD_TOKEN_REFUSED' });
    }
    expect(requests).toEqual([]);
  });

  it('SEC-E01 refuses a workload token signed by somebody else under a key id of the issuer', async () => {
    await expect(verifier.verify(terms, await token({}, {}, foreign.privateKey))).rejects.toThrow(
      'its signature does not verify',
    );
  });

  it('SEC-E01 answers a flood of unknown key ids with one refresh of the keys per cool-down', async () => {
    await verifier.verify(terms, await token());
    const flood = async () => {
      const tokens = await Promise.all(Array.from({ length: 50 }, (_, i) => token({}, { kid: `k${i}` })));
      const results = await Promise.allSettled(tokens.map((text) => verifier.verify(terms, text)));
      expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    };
    await flood();
    expect(requests).toHaveLength(2);
    clock.advance(ISSUER_KEYS_COOLDOWN_MS);
    await flood();
    await flood();
    expect(requests).toHaveLength(4);
    await verifier.verify(terms, await token());
  });

  it('SEC-E01 a new key of the issuer is found, and a retired one stops verifying once the keys are old', async () => {
    const before = await token();
    await verifier.verify(terms, before);
    documents[JWKS_URI] = { status: 200, body: { keys: [await jwk(second.publicKey, 'two')] } };
    clock.advance(ISSUER_KEYS_COOLDOWN_MS);
    await verifier.verify(terms, await token());
    await verifier.verify(terms, await token({}, { alg: 'RS256', kid: 'two' }, second.privateKey));
    await expect(verifier.verify(terms, await token())).rejects.toThrow('its key is none of the issuer’s');
    clock.advance(ISSUER_KEYS_MAX_AGE_MS);
    await expect(verifier.verify(terms, await token())).rejects.toThrow('its key is none of the issuer’s');
  });

  const unusable: readonly [string, Record<string, { status: number; body: unknown }>][] = [
    ['answers with an error', { [JWKS_URI]: { status: 500, body: {} } }],
    ['redirects', { [JWKS_URI]: { status: 302, body: {} } }],
    [
      'states another issuer',
      { [`${ISSUER}/.well-known/openid-configuration`]: { status: 200, body: { issuer: 'x', jwks_uri: JWKS_URI } } },
    ],
    [
      'has its keys at a plain address',
      {
        [`${ISSUER}/.well-known/openid-configuration`]: {
          status: 200,
          body: { issuer: ISSUER, jwks_uri: 'http://127.0.0.1/keys' },
        },
      },
    ],
    ['has a key set that is none', { [JWKS_URI]: { status: 200, body: { keys: 'none' } } }],
    ['has a document that is none', { [`${ISSUER}/.well-known/openid-configuration`]: { status: 200, body: null } }],
  ];
  for (const [name, change] of unusable) {
    it(`refuses, and soon asks again, when the issuer ${name}`, async () => {
      const sound = { ...documents };
      Object.assign(documents, change);
      const failure = { code: 'ERR_WORKLOAD_ISSUER_UNREACHABLE' };
      await expect(verifier.verify(terms, await token())).rejects.toMatchObject(failure);
      const asked = requests.length;
      await expect(verifier.verify(terms, await token())).rejects.toMatchObject(failure);
      expect(requests).toHaveLength(asked);
      documents = sound;
      clock.advance(ISSUER_KEYS_RETRY_MS);
      await verifier.verify(terms, await token());
    });
  }

  it('refuses claims that the condition does not hold for, with the problem', async () => {
    await expect(verifier.verify(terms, await token({ ref: 'refs/heads/evil' }))).rejects.toMatchObject({
      code: 'ERR_WORKLOAD_CONDITION',
    });
    await expect(verifier.verify(terms, await token({ repository: undefined }))).rejects.toThrow(
      /does not hold: .*no such key: repository/,
    );
    await expect(verifier.verify(terms, await token({ repository: ['acme/api'] }))).rejects.toMatchObject({
      code: 'ERR_WORKLOAD_CONDITION',
    });
  });

  it('gives copies of one token the same mark, and other tokens other ones', async () => {
    const mark = async (text: string) => (await verifier.verify(terms, text)).mark;
    const one = await mark(await token());
    // ECDSA signs the same content differently each time; the mark stays.
    expect(await mark(await token())).toBe(one);
    expect(await mark(await token({ jti: 'run-2' }))).not.toBe(one);
    const bare = await mark(await token({ jti: undefined }));
    expect(await mark(await token({ jti: undefined }))).toBe(bare);
    expect(await mark(await token({ jti: undefined, exp: now() + 301 }))).not.toBe(bare);
  });
});
