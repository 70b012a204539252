import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { describe, expect, it } from 'vitest';
import { Secret } from '../secret.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { createPinnedKeys, createSigningKeyRing, generateSigningKey, rotateSigningKeys } from './keys.ts';

const INVALID = expect.objectContaining({ code: 'ERR_SIGNING_KEY_INVALID' });

describe('signing keys', () => {
  it('go by the RFC 7638 thumbprint of their public half, and hand out only that', async () => {
    const key = generateSigningKey();
    const ring = createSigningKeyRing({ keys: [key], activeKeyId: key.keyId });
    const [jwk] = ring.jwks().keys;
    expect(Object.keys(jwk ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(jwk?.kid).toBe(key.keyId);
    expect(
      await calculateJwkThumbprint(createPublicKey(ring.active().privateKey).export({ format: 'jwk' }) as never),
    ).toBe(key.keyId);
  });

  it('verify without signing while they are announced', () => {
    const [active, announced] = [generateSigningKey(), generateSigningKey()];
    const ring = createSigningKeyRing({ keys: [announced, active], activeKeyId: active.keyId });
    expect(ring.active().keyId).toBe(active.keyId);
    expect(ring.find(announced.keyId)).toBeDefined();
    expect(ring.jwks().keys.map((jwk) => jwk.kid)).toEqual([active.keyId, announced.keyId]);
  });

  it('are dropped by the rotation after their overlap', () => {
    const clock = createFakeClock();
    const [first, second, third] = [generateSigningKey(), generateSigningKey(), generateSigningKey()];
    const at = () => new Date(clock.now());
    let state = rotateSigningKeys({ keys: [first], activeKeyId: first.keyId }, second, { at: at(), overlapMs: 1_000 });
    expect(state.keys.map((key) => [key.keyId, key.verifiesUntil])).toEqual([
      [second.keyId, undefined],
      [first.keyId, new Date(clock.now() + 1_000)],
    ]);
    clock.advance(1_000);
    state = rotateSigningKeys(state, third, { at: at(), overlapMs: 1_000 });
    expect(state.keys.map((key) => key.keyId)).toEqual([third.keyId, second.keyId]);
  });

  it('can become active after having been announced', () => {
    const [active, announced] = [generateSigningKey(), generateSigningKey()];
    const state = rotateSigningKeys({ keys: [active, announced], activeKeyId: active.keyId }, announced, {
      at: new Date(0),
      overlapMs: 1_000,
    });
    expect(state.keys.map((key) => key.keyId)).toEqual([announced.keyId, active.keyId]);
    expect(createSigningKeyRing(state).activeKeyId).toBe(announced.keyId);
  });

  it('are refused when they are of another curve, misnamed, unreadable, or the active one is missing or retired', () => {
    const key = generateSigningKey();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const p384 = new Secret(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    const states = [
      { keys: [{ keyId: key.keyId, privateKeyPem: p384 }], activeKeyId: key.keyId },
      { keys: [{ ...key, keyId: 'other' }], activeKeyId: 'other' },
      { keys: [{ keyId: key.keyId, privateKeyPem: new Secret('nonsense') }], activeKeyId: key.keyId },
      { keys: [key], activeKeyId: 'other' },
      { keys: [{ ...key, verifiesUntil: new Date(0) }], activeKeyId: key.keyId },
      { keys: [], activeKeyId: '' },
    ];
    for (const state of states) expect(() => createSigningKeyRing(state)).toThrow(INVALID);
  });

  it('stay as they were when an update is refused', () => {
    const key = generateSigningKey();
    const ring = createSigningKeyRing({ keys: [key], activeKeyId: key.keyId });
    expect(() => ring.update({ keys: [], activeKeyId: key.keyId })).toThrow(INVALID);
    expect(ring.active().keyId).toBe(key.keyId);
  });
});

describe('pinned keys', () => {
  it('are found by id, and only by id', () => {
    const key = generateSigningKey();
    const ring = createSigningKeyRing({ keys: [key], activeKeyId: key.keyId });
    const pinned = createPinnedKeys(ring.jwks());
    expect(pinned.find(key.keyId)?.type).toBe('public');
    expect(pinned.find('other')).toBeUndefined();
  });

  it('are refused when empty, misnamed or not P-256', () => {
    const key = generateSigningKey();
    const [jwk] = createSigningKeyRing({ keys: [key], activeKeyId: key.keyId }).jwks().keys;
    if (jwk === undefined) throw new Error('the ring has no key');
    for (const keys of [[], [{ ...jwk, kid: 'other' }], [{ ...jwk, kty: 'RSA' as 'EC' }], [{ ...jwk, x: 'AA' }]]) {
      expect(() => createPinnedKeys({ keys })).toThrow(INVALID);
    }
  });
});
