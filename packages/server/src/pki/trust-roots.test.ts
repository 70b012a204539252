import { X509Certificate } from 'node:crypto';
import { createId } from '@sallyport/core';
import { createKeyAndRequest, type KubeCredentialClaims } from '@sallyport/core/credentials';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KEY_PURPOSES, userCaOf } from '../stores/key-contracts.ts';
import { type TestStore, testDatabases } from '../stores/testing.ts';
import { KEY_POLICIES, MIN_ANNOUNCE_MS } from './key-policies.ts';
import { advanceKeys, listKeyLives, rotateKey } from './rotate-keys.ts';
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

  describe('user CAs', () => {
    const { csrPem } = createKeyAndRequest('anybody');
    const HOUR_MS = 3_600_000;
    async function anOrganization(): Promise<Required<KubeCredentialClaims>> {
      const organizationId = createId('organization');
      const name = `o${organizationId.slice(-8)}`;
      await test.store.transact((tx) => tx.put('Organization', { id: organizationId, name, spec: {} }));
      return {
        organizationId,
        clusterId: createId('cluster'),
        principalId: createId('principal'),
        loginSessionId: createId('loginSession'),
        credentialId: createId('credential'),
      };
    }
    const rawOf = (pem: string) => new X509Certificate(pem).raw;

    it('are made for each organization when it needs one, and other replicas hear of it', async () => {
      const [a, b] = [await loadTrustRoots(test.store, clock), await loadTrustRoots(test.store, clock)];
      const [ours, theirs] = [await anOrganization(), await anOrganization()];
      expect((await listKeyLives(test.store)).map(({ purpose }) => purpose)).toEqual(KEY_PURPOSES);
      const { certificatePem } = await a.userCas.issue(csrPem, ours, HOUR_MS);
      expect(() => b.userCas.verify(rawOf(certificatePem))).toThrow();
      expect(await b.refresh()).toBe(true);
      expect(b.userCas.verify(rawOf(certificatePem))).toMatchObject(ours);
      // Both need the first one of an organization at once: there is one, and each takes the other's certificates.
      const issued = await Promise.all([a, b].map(({ userCas }) => userCas.issue(csrPem, theirs, HOUR_MS)));
      for (const { userCas } of [a, b]) {
        for (const each of issued) expect(userCas.verify(rawOf(each.certificatePem))).toMatchObject(theirs);
      }
      const sets = new Set((await listKeyLives(test.store)).map(({ purpose }) => purpose).slice(KEY_PURPOSES.length));
      expect(sets).toEqual(new Set([userCaOf(ours.organizationId), userCaOf(theirs.organizationId)]));
    });

    it('SEC-D27 rotate each by itself, with an overlap as long as their certificates live', async () => {
      const roots = await loadTrustRoots(test.store, clock);
      const [ours, theirs] = [await anOrganization(), await anOrganization()];
      const former = rawOf((await roots.userCas.issue(csrPem, ours, 12 * HOUR_MS)).certificatePem);
      await roots.userCas.issue(csrPem, theirs, HOUR_MS);
      const context = { store: test.store, clock };
      const set = userCaOf(ours.organizationId);
      await rotateKey(context, set, 'now');
      clock.advance(MIN_ANNOUNCE_MS);
      expect(await advanceKeys(context, set)).toHaveLength(1);
      expect(await advanceKeys(context, userCaOf(theirs.organizationId))).toEqual([]);
      await roots.refresh();
      const next = rawOf((await roots.userCas.issue(csrPem, ours, 12 * HOUR_MS)).certificatePem);
      expect(roots.userCas.verify(former)).toMatchObject(ours);
      expect(roots.userCas.verify(next)).toMatchObject(ours);
      const [current] = (await test.store.keys.list(set)).keys;
      expect(new X509Certificate(next).checkIssued(new X509Certificate(current?.certificatePem ?? ''))).toBe(true);
      clock.advance(KEY_POLICIES.userCa.overlapMs);
      expect(await advanceKeys(context, set)).toHaveLength(1);
      expect((await test.store.keys.list(set)).keys).toHaveLength(1);
    });

    it('SEC-E19 go with their organization, on every replica', async () => {
      const roots = await loadTrustRoots(test.store, clock);
      const claims = await anOrganization();
      const raw = rawOf((await roots.userCas.issue(csrPem, claims, HOUR_MS)).certificatePem);
      await test.store.transact((tx) => tx.remove('Organization', claims.organizationId));
      expect((await test.store.keys.list(userCaOf(claims.organizationId))).keys).toEqual([]);
      await roots.refresh();
      expect(() => roots.userCas.verify(raw)).toThrow(/was not signed by the organization/);
    });
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
