import { createId } from '@sallyport/core';
import { createCapabilityTrust } from '@sallyport/core/credentials';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KEY_PURPOSES, type KeyPurpose } from '../stores/key-contracts.ts';
import { type TestStore, testDatabases } from '../stores/testing.ts';
import { putCluster, putOrganization } from '../testing/writes.ts';
import { KEY_POLICIES, MIN_ANNOUNCE_MS } from './key-policies.ts';
import { advanceKeys, listKeyLives, type RotationContext, rotateKey } from './rotate-keys.ts';
import { loadTrustRoots } from './trust-roots.ts';

describe.each(testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL']))('rotation on $name', (database) => {
  let clock: FakeClock;
  let test: TestStore;
  let context: RotationContext;
  beforeEach(async () => {
    clock = createFakeClock();
    test = await database.open({ clock });
    context = { store: test.store, clock };
  });
  afterEach(() => test.drop());

  const phases = async (purpose: KeyPurpose) => (await test.store.keys.list(purpose)).keys.map(({ phase }) => phase);
  const auditCodes = async () => (await test.store.listAudit({ limit: 50 })).map(({ code }) => code);

  it('by schedule takes every purpose through announcement, switch and removal, each audited', async () => {
    await loadTrustRoots(test.store, clock);
    for (const purpose of KEY_PURPOSES) {
      const { lifetimeMs = 0, announceMs, overlapMs } = KEY_POLICIES[purpose];
      const start = (await test.store.keys.list(purpose)).keys[0]?.signsFrom.getTime() ?? 0;
      clock.advance(Math.max(0, start + lifetimeMs - announceMs - clock.now()));
      await advanceKeys(context, purpose);
      expect(await phases(purpose)).toEqual(['current', 'next']);
      clock.advance(announceMs);
      await advanceKeys(context, purpose);
      expect(await phases(purpose)).toEqual(['current', 'retired']);
      clock.advance(overlapMs);
      await advanceKeys(context, purpose);
      expect(await phases(purpose)).toEqual(['current']);
    }
    const codes = await auditCodes();
    for (const code of ['key.announced', 'key.rotated', 'key.removed'] as const) {
      expect(codes.filter((one) => one === code)).toHaveLength(KEY_PURPOSES.length);
    }
  });

  it('by command announces as the schedule does, and `now` brings an announced key forward', async () => {
    await loadTrustRoots(test.store, clock);
    const announced = await rotateKey(context, 'capability', 'announced');
    const fullMs = KEY_POLICIES.capability.announceMs;
    expect(announced.map(({ phase }) => phase)).toEqual(['current', 'next']);
    expect(announced[1]?.signsFrom.getTime()).toBe(clock.now() + fullMs);
    const sooner = await rotateKey(context, 'capability', 'now');
    expect(sooner.map(({ keyId }) => keyId)).toEqual(announced.map(({ keyId }) => keyId));
    expect(sooner[1]?.signsFrom.getTime()).toBe(clock.now() + MIN_ANNOUNCE_MS);
    // Asking for the long way afterwards puts nothing off.
    expect((await rotateKey(context, 'capability', 'announced'))[1]?.signsFrom).toEqual(sooner[1]?.signsFrom);
  });

  it('in an emergency leaves the new key alone, at once, and agents that trust the former one can follow', async () => {
    const roots = await loadTrustRoots(test.store, clock);
    const former = roots.capabilityKeys.activeKeyId;
    const agent = createCapabilityTrust(roots.capabilityKeys.jwks());
    await agent.learn(roots.agentTrust().capabilityKeys);
    await rotateKey(context, 'capability', 'announced');
    const [only, ...others] = await rotateKey(context, 'capability', 'emergency');
    expect(others).toEqual([]);
    expect(only?.phase).toBe('current');
    await roots.refresh();
    expect(roots.capabilityKeys.activeKeyId).toBe(only?.keyId);
    expect(roots.capabilityKeys.find(former)).toBeUndefined();
    expect(await agent.learn(roots.agentTrust().capabilityKeys)).toBe('updated');
    expect(agent.find(only?.keyId ?? '')).toBeDefined();
    expect(agent.find(former)).toBeUndefined();
    const [event] = await test.store.listAudit({ limit: 1 });
    expect(event).toMatchObject({ code: 'key.voided', severity: 'critical', details: { purpose: 'capability' } });
  });

  it('of the agent CA in an emergency ends the identity of every agent', async () => {
    await loadTrustRoots(test.store, clock);
    const organizationId = createId('organization');
    const clusterId = createId('cluster');
    await test.store.transact(async (tx) => {
      await putOrganization(tx, { id: organizationId, name: 'acme' });
      await putCluster(tx, { id: clusterId, organizationId, name: 'prod', labels: {} });
      await tx.putAgentCertificate({
        id: createId('agent'),
        clusterId,
        serial: '4a',
        notAfter: new Date(clock.now() + 86_400_000),
      });
    });
    const before = await test.store.changes.head();
    await rotateKey(context, 'agentCa', 'emergency');
    const { records, version } = await test.store.changes.read();
    expect(records.agentCertificates).toEqual([]);
    expect(version).toBeGreaterThan(before);
  });

  it('keeps secrets out of lists and audit', async () => {
    await loadTrustRoots(test.store, clock);
    for (const purpose of KEY_PURPOSES) await rotateKey(context, purpose, 'emergency');
    const text = JSON.stringify([await listKeyLives(test.store), await test.store.listAudit({ limit: 50 })]);
    for (const purpose of KEY_PURPOSES) {
      const [{ secret } = { secret: undefined }] = (await test.store.keys.list(purpose)).keys;
      expect(secret).toBeDefined();
      expect(text).not.toContain(secret?.reveal() ?? '');
    }
    expect(text).not.toContain('PRIVATE KEY');
  });

  it('makes the first key of a purpose that no server has used yet', async () => {
    expect(await advanceKeys(context, 'oauth')).toEqual([]);
    expect(await rotateKey(context, 'oauth', 'now')).toMatchObject([{ phase: 'current', purpose: 'oauth' }]);
  });

  it('by two servers at once takes each step once', async () => {
    await loadTrustRoots(test.store, clock);
    clock.advance(KEY_POLICIES.oauth.lifetimeMs ?? 0);
    const other = (await test.openAnother?.()) ?? test.store;
    await Promise.all([test.store, other, test.store].map((store) => advanceKeys({ store, clock }, 'oauth')));
    expect(await phases('oauth')).toEqual(['current', 'next']);
    expect((await auditCodes()).filter((code) => code === 'key.announced')).toHaveLength(1);
    if (other !== test.store) await other.close();
  });

  it('does nothing under a lease that another server has taken over', async () => {
    await loadTrustRoots(test.store, clock);
    clock.advance(KEY_POLICIES.oauth.lifetimeMs ?? 0);
    const stale = await test.store.leases.acquire('keyRotation', 'a', 1_000);
    clock.advance(1_000);
    expect(await test.store.leases.acquire('keyRotation', 'b', 1_000)).toMatchObject({ epoch: 2 });
    await expect(advanceKeys(context, 'oauth', stale)).rejects.toMatchObject({ code: 'ERR_STORE_LEASE_LOST' });
    expect(await phases('oauth')).toEqual(['current']);
  });
});
