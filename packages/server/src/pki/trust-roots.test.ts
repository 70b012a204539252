import { X509Certificate } from 'node:crypto';
import { generateSigningKey } from '@sallyport/core/credentials';
import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import type { Store, StoredKey } from '../stores/contracts.ts';
import { loadTrustRoots } from './trust-roots.ts';

/** Keys in memory, newest first, as the store lists them. */
function memoryKeys(): Pick<Store, 'keys'> & { readonly rows: StoredKey[] } {
  const rows: StoredKey[] = [];
  const list = async (purpose: StoredKey['purpose']) =>
    rows.filter((key) => key.purpose === purpose).sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  return {
    rows,
    keys: {
      list,
      put: async (key) => void rows.push(key),
      establish: async (key) => {
        if (!rows.some(({ purpose }) => purpose === key.purpose)) rows.push(key);
        return list(key.purpose);
      },
    },
  };
}

describe('loadTrustRoots', () => {
  it('makes every key once, and finds the same ones again', async () => {
    const store = memoryKeys();
    const clock = createFakeClock();
    const first = await loadTrustRoots(store, clock);
    const again = await loadTrustRoots(store, clock);
    expect(store.rows.map(({ purpose }) => purpose).sort()).toEqual([
      'agentCa',
      'capability',
      'cookie',
      'frontTls',
      'kubeCredential',
      'oauth',
    ]);
    expect(again.frontCa.certificatePem).toBe(first.frontCa.certificatePem);
    expect(again.agentCa.bundlePem).toBe(first.agentCa.bundlePem);
    expect(again.kubeCredentialKeys.jwks()).toEqual(first.kubeCredentialKeys.jwks());
    expect(again.capabilityKeys.activeKeyId).toBe(first.capabilityKeys.activeKeyId);
    expect(again.oauthKeys).toEqual(first.oauthKeys);
    expect(again.cookieKey.reveal()).toBe(first.cookieKey.reveal());
    expect(Buffer.from(first.cookieKey.reveal(), 'base64url')).toHaveLength(32);
  });

  it('SEC-D27 keeps the roots apart: no key serves two purposes', async () => {
    const roots = await loadTrustRoots(memoryKeys(), createFakeClock());
    const front = new X509Certificate(roots.frontCa.certificatePem);
    const agents = new X509Certificate(roots.agentCa.bundlePem);
    expect(front.fingerprint256).not.toBe(agents.fingerprint256);
    expect(front.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(agents.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    const ids = [roots.kubeCredentialKeys.activeKeyId, roots.capabilityKeys.activeKeyId, roots.oauthKeys[0]?.keyId];
    expect(new Set(ids).size).toBe(3);
  });

  it('agrees on one set when two replicas start together', async () => {
    const store = memoryKeys();
    const [a, b] = await Promise.all([
      loadTrustRoots(store, createFakeClock()),
      loadTrustRoots(store, createFakeClock()),
    ]);
    expect(a.frontCa.certificatePem).toBe(b.frontCa.certificatePem);
    expect(a.capabilityKeys.activeKeyId).toBe(b.capabilityKeys.activeKeyId);
  });

  it('signs with the newest key, and lets the one before verify for 15 minutes after its successor came', async () => {
    const store = memoryKeys();
    const clock = createFakeClock();
    const before = await loadTrustRoots(store, clock);
    clock.advance(60_000);
    const { keyId, privateKeyPem } = generateSigningKey();
    await store.keys.put({ purpose: 'kubeCredential', keyId, secret: privateKeyPem, createdAt: new Date(clock.now()) });
    const { kubeCredentialKeys } = await loadTrustRoots(store, clock);
    const oldId = before.kubeCredentialKeys.activeKeyId;
    expect(kubeCredentialKeys.activeKeyId).toBe(keyId);
    clock.advance(15 * 60_000 - 1);
    expect(kubeCredentialKeys.find(oldId)).toBeDefined();
    clock.advance(1);
    expect(kubeCredentialKeys.find(oldId)).toBeUndefined();
  });
});
