import { X509Certificate } from 'node:crypto';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KEY_PURPOSES } from '../stores/key-contracts.ts';
import { type TestStore, testDatabases } from '../stores/testing.ts';
import { KEY_POLICIES, MIN_ANNOUNCE_MS } from './key-policies.ts';
import { advanceKeys, rotateKey } from './rotate-keys.ts';
import { loadTrustRoots } from './trust-roots.ts';

describe.each(testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL']))('trust roots on $name', (database) => {
  let clock: FakeClock;
  let test: TestStore;
  beforeEach(async () => {
    clock = createFakeClock();
    test = await database.open({ clock });
  });
  afterEach(() => test.drop());

  it('are made once, and found again', async () => {
    const first = await loadTrustRoots(test.store, clock);
    const again = await loadTrustRoots(test.store, clock);
    for (const purpose of KEY_PURPOSES) expect((await test.store.keys.list(purpose)).keys).toHaveLength(1);
    expect(again.frontCa.bundlePem).toBe(first.frontCa.bundlePem);
    expect(again.agentCa.bundlePem).toBe(first.agentCa.bundlePem);
    expect(again.kubeCredentialKeys.jwks()).toEqual(first.kubeCredentialKeys.jwks());
    expect(again.capabilityKeys.activeKeyId).toBe(first.capabilityKeys.activeKeyId);
    expect(again.oauthKeys.activeKeyId).toBe(first.oauthKeys.activeKeyId);
    expect(again.cookieKeys().map((key) => key.reveal())).toEqual(first.cookieKeys().map((key) => key.reveal()));
    expect(Buffer.from(first.cookieKeys()[0].reveal(), 'base64url')).toHaveLength(32);
  });

  it('SEC-D27 keeps the roots apart: no key serves two purposes', async () => {
    const roots = await loadTrustRoots(test.store, clock);
    const front = new X509Certificate(roots.frontCa.bundlePem);
    const agents = new X509Certificate(roots.agentCa.bundlePem);
    expect(front.fingerprint256).not.toBe(agents.fingerprint256);
    expect(front.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(agents.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    const ids = [roots.kubeCredentialKeys, roots.capabilityKeys, roots.oauthKeys].map(({ activeKeyId }) => activeKeyId);
    expect(new Set(ids).size).toBe(3);
  });

  it('are one set when two replicas start together', async () => {
    const [a, b] = await Promise.all([loadTrustRoots(test.store, clock), loadTrustRoots(test.store, clock)]);
    expect(a.frontCa.bundlePem).toBe(b.frontCa.bundlePem);
    expect(a.capabilityKeys.activeKeyId).toBe(b.capabilityKeys.activeKeyId);
  });

  it('SEC-E01 a retired key verifies only during its overlap, and an announced one before it signs', async () => {
    const context = { store: test.store, clock };
    const roots = await loadTrustRoots(test.store, clock);
    const { kubeCredentialKeys: ring } = roots;
    const former = ring.activeKeyId;
    await rotateKey(context, 'kubeCredential', 'now');
    expect(await roots.refresh()).toBe(true);
    const next = (await test.store.keys.list('kubeCredential')).keys[1]?.keyId ?? '';
    expect(ring.activeKeyId).toBe(former);
    expect(ring.find(next)).toBeDefined();

    clock.advance(MIN_ANNOUNCE_MS - 1);
    expect(await advanceKeys(context, 'kubeCredential')).toEqual([]);
    clock.advance(1);
    expect(await advanceKeys(context, 'kubeCredential')).toHaveLength(1);
    await roots.refresh();
    expect(ring.activeKeyId).toBe(next);
    clock.advance(KEY_POLICIES.kubeCredential.overlapMs - 1);
    expect(ring.find(former)).toBeDefined();
    // Its end needs no further look at the store.
    clock.advance(1);
    expect(ring.find(former)).toBeUndefined();
    await advanceKeys(context, 'kubeCredential');
    expect((await test.store.keys.list('kubeCredential')).keys.map(({ keyId }) => keyId)).toEqual([next]);
  });

  it('trust both CAs through a rotation, and sign under the new one only once it was announced', async () => {
    const context = { store: test.store, clock };
    const roots = await loadTrustRoots(test.store, clock);
    const changes: string[] = [];
    roots.onChange((purposes) => changes.push(...purposes));
    const former = roots.frontCa.current().certificatePem;
    await rotateKey(context, 'frontTls', 'now');
    await roots.refresh();
    expect(roots.frontCa.current().certificatePem).toBe(former);
    expect(roots.frontCa.bundlePem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    clock.advance(MIN_ANNOUNCE_MS);
    await advanceKeys(context, 'frontTls');
    await roots.refresh();
    expect(roots.frontCa.current().certificatePem).not.toBe(former);
    expect(roots.frontCa.bundlePem).toContain(former);
    expect(roots.agentTrust().tunnelCaPem).toBe(roots.frontCa.bundlePem);
    expect(changes).toEqual(['frontTls', 'frontTls']);
    expect(await roots.refresh()).toBe(false);
  });
});
