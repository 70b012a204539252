import { describe, expect, it, vi } from 'vitest';
import { createId } from '../ids.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { createCapabilityMint, createCapabilitySigner, createCapabilityVerifier } from './capability.ts';
import { createSigningKeyRing, generateSigningKey, rotateSigningKeys } from './keys.ts';
import { createCredentialIssuer } from './kube-credential.ts';
import { reuseCapabilities } from './reuse-capabilities.ts';
import { signToken } from './token.ts';
import type { CapabilityClaims } from './types.ts';

const CLAIMS: CapabilityClaims = {
  clusterId: createId('cluster'),
  principalId: createId('principal'),
  loginSessionId: createId('loginSession'),
  impersonation: {
    user: 'søren@sallyport.test',
    groups: ['sallyport:view', 'team,with comma'],
    uid: 'u-1',
    extra: { 'sallyport.dev/session': ['ses_1'] },
  },
  actionClass: 'read',
  snapshotVersion: 7,
};

function setUp() {
  const clock = createFakeClock(new Date('2026-03-01T12:00:00Z'));
  const key = generateSigningKey();
  const keys = createSigningKeyRing({ keys: [key], activeKeyId: key.keyId, clock });
  const signer = createCapabilitySigner({ keys, clock });
  const verifier = createCapabilityVerifier({ jwks: keys.jwks(), clusterId: CLAIMS.clusterId, clock });
  return { clock, key, keys, signer, verifier };
}

const REFUSED = { code: 'ERR_CAPABILITY_REFUSED' };

describe('capabilities', () => {
  it('verify at the agent to the claims they were signed over', async () => {
    const { signer, verifier } = setUp();
    const { token, expiresAt } = await signer.sign(CLAIMS);
    expect(expiresAt).toEqual(new Date('2026-03-01T12:01:00Z'));
    expect(verifier.peek(token)).toBeUndefined();
    const verified = await verifier.verify(token);
    expect(verified).toEqual({ ...CLAIMS, issuedAt: new Date('2026-03-01T12:00:00Z'), expiresAt });
    expect(verifier.peek(token)).toBe(verified);
    expect(await verifier.verify(token)).toBe(verified);
  });

  it('end at the agent by its own clock, cached or not', async () => {
    const { clock, signer, verifier } = setUp();
    const { token } = await signer.sign(CLAIMS);
    await verifier.verify(token);
    clock.advance(60_000);
    expect(verifier.peek(token)).toBeUndefined();
    await expect(verifier.verify(token)).rejects.toMatchObject(REFUSED);
  });

  it('are handed out again until half of their life is over', async () => {
    const { clock, signer } = setUp();
    expect(signer.peek(CLAIMS)).toBeUndefined();
    const first = await signer.sign(CLAIMS);
    clock.advance(29_999);
    expect(signer.peek(CLAIMS)?.token).toBe(first.token);
    expect((await signer.sign(CLAIMS)).token).toBe(first.token);
    clock.advance(1);
    expect(signer.peek(CLAIMS)).toBeUndefined();
    expect((await signer.sign(CLAIMS)).token).not.toBe(first.token);
  });

  it('are handed out again after the snapshot changed, which decides each request anew', async () => {
    const { signer } = setUp();
    const { token } = await signer.sign(CLAIMS);
    expect(signer.peek({ ...CLAIMS, snapshotVersion: 8 })).toMatchObject({ token });
  });

  const others: [string, Partial<CapabilityClaims>][] = [
    ['class', { actionClass: 'write' }],
    ['user', { impersonation: { ...CLAIMS.impersonation, user: 'eve' } }],
    ['uid', { impersonation: { ...CLAIMS.impersonation, uid: 'u-2' } }],
    ['extra', { impersonation: { ...CLAIMS.impersonation, extra: { 'sallyport.dev/session': ['ses_2'] } } }],
    ['principal', { principalId: createId('principal') }],
    ['login session', { loginSessionId: createId('loginSession') }],
    ['cluster', { clusterId: createId('cluster') }],
    ['group', { impersonation: { ...CLAIMS.impersonation, groups: ['sallyport:view', 'team', 'with comma'] } }],
  ];
  for (const [what, change] of others) {
    it(`are never handed out for another ${what}`, async () => {
      const { signer } = setUp();
      await signer.sign(CLAIMS);
      expect(signer.peek({ ...CLAIMS, ...change })).toBeUndefined();
    });
  }

  it('never outlive the grant they rest on', async () => {
    const { signer } = setUp();
    await signer.sign(CLAIMS);
    const notAfter = new Date('2026-03-01T12:00:20.700Z');
    expect(signer.peek(CLAIMS, notAfter)).toBeUndefined();
    expect((await signer.sign(CLAIMS, notAfter)).expiresAt).toEqual(new Date('2026-03-01T12:00:20Z'));
    await expect(signer.sign(CLAIMS, new Date('2026-03-01T12:00:00.900Z'))).rejects.toMatchObject(REFUSED);
  });

  it('are signed anew once the key rotated', async () => {
    const { clock, key, keys, signer } = setUp();
    await signer.sign(CLAIMS);
    const state = { keys: [key], activeKeyId: key.keyId };
    keys.update(rotateSigningKeys(state, generateSigningKey(), { at: new Date(clock.now()), overlapMs: 60_000 }));
    expect(signer.peek(CLAIMS)).toBeUndefined();
  });

  it('are signed once for requests that need the same one at the same time', async () => {
    const { keys, clock } = setUp();
    const mint = vi.fn(createCapabilityMint({ keys, clock }));
    const signer = reuseCapabilities({ mint, isCurrent: (keyId) => keyId === keys.activeKeyId, clock });
    const [first, ...others] = await Promise.all(Array.from({ length: 20 }, () => signer.sign(CLAIMS)));
    expect(mint).toHaveBeenCalledTimes(1);
    for (const other of others) expect(other.token).toBe(first?.token);
    await signer.sign(CLAIMS, new Date(clock.now() + 5_000));
    expect(mint).toHaveBeenCalledTimes(2);
  });

  it('are asked for again after a signature failed', async () => {
    const { keys, clock } = setUp();
    const mint = vi.fn(createCapabilityMint({ keys, clock })).mockRejectedValueOnce(new Error('the signer is away'));
    const signer = reuseCapabilities({ mint, isCurrent: () => true, clock });
    await expect(signer.sign(CLAIMS)).rejects.toThrow('away');
    expect((await signer.sign(CLAIMS)).token).toMatch(/^ey/);
  });

  it('are not signed for an identity of the cluster itself', async () => {
    const { signer } = setUp();
    for (const impersonation of [
      { user: 'system:admin', groups: [] },
      { user: 'ada', groups: ['system:masters'] },
      { user: '', groups: [] },
    ]) {
      await expect(signer.sign({ ...CLAIMS, impersonation })).rejects.toMatchObject({
        code: 'ERR_IMPERSONATION_INVALID',
      });
    }
  });

  it('are refused by the agent of another cluster', async () => {
    const { keys, clock, signer } = setUp();
    const { token } = await signer.sign(CLAIMS);
    const other = createCapabilityVerifier({ jwks: keys.jwks(), clusterId: createId('cluster'), clock });
    await expect(other.verify(token)).rejects.toMatchObject(REFUSED);
  });

  it('are refused under a key that is not pinned', async () => {
    const { verifier, clock } = setUp();
    const key = generateSigningKey();
    const signer = createCapabilitySigner({
      keys: createSigningKeyRing({ keys: [key], activeKeyId: key.keyId, clock }),
      clock,
    });
    const { token } = await signer.sign(CLAIMS);
    await expect(verifier.verify(token)).rejects.toMatchObject(REFUSED);
  });

  it('are refused when any part is altered', async () => {
    const { signer, verifier } = setUp();
    const { token } = await signer.sign(CLAIMS);
    for (const at of [0, Math.floor(token.length / 2), token.length - 10]) {
      const altered = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      await expect(verifier.verify(altered)).rejects.toMatchObject(REFUSED);
    }
  });

  it('SEC-E13 do not include kube credentials, even under the same key', async () => {
    const { clock, keys, verifier } = setUp();
    const issuer = createCredentialIssuer({ issuer: 'https://sallyport.test', keys, clock });
    const { token } = await issuer.mint(
      {
        credentialId: createId('credential'),
        principalId: CLAIMS.principalId,
        organizationId: createId('organization'),
        clusterId: CLAIMS.clusterId,
      },
      60_000,
    );
    await expect(verifier.verify(token.reveal())).rejects.toMatchObject(REFUSED);
  });

  const now = Date.parse('2026-03-01T12:00:00Z') / 1_000;
  const payload = {
    aud: `sallyport:agent:${CLAIMS.clusterId}`,
    sub: CLAIMS.principalId,
    imp: { user: 'ada', groups: [] },
    act: 'read',
    ver: 1,
    iat: now,
    exp: now + 60,
  };
  it('carry what the table of refusals below starts from', async () => {
    const { keys, verifier } = setUp();
    const token = await signToken(keys, 'sallyport-capability+jwt', payload);
    await expect(verifier.verify(token)).resolves.toMatchObject({ impersonation: { user: 'ada', groups: [] } });
  });
  const refusals: [string, Record<string, unknown>][] = [
    ['user of the cluster itself', { imp: { user: 'system:admin', groups: [] } }],
    ['group of the cluster itself', { imp: { user: 'ada', groups: ['System:Masters'] } }],
    ['empty user', { imp: { user: '', groups: [] } }],
    ['missing identity', { imp: undefined }],
    ['missing groups', { imp: { user: 'ada' } }],
    ['group that is no text', { imp: { user: 'ada', groups: [1] } }],
    ['extra that is no list', { imp: { user: 'ada', groups: [], extra: { a: 'b' } } }],
    ['unknown class', { act: 'admin' }],
    ['snapshot version that is no number', { ver: '1' }],
    ['principal that is no id', { sub: 'ada' }],
    ['login session that is no id', { sid: 'x' }],
    ['time of issue in the future', { iat: now + 600, exp: now + 660 }],
    ['beginning in the future', { nbf: now + 1 }],
    ['life of more than a minute', { exp: now + 61 }],
    ['audience that is a list', { aud: [`sallyport:agent:${CLAIMS.clusterId}`] }],
  ];
  for (const [what, change] of refusals) {
    it(`are refused with a ${what}, although the signature is right`, async () => {
      const { keys, verifier } = setUp();
      const token = await signToken(keys, 'sallyport-capability+jwt', { ...payload, ...change });
      await expect(verifier.verify(token)).rejects.toMatchObject(REFUSED);
    });
  }
});
