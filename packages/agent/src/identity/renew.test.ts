import { clusterSanUri, silentLogger } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { anIdentity } from '../testing/identities.ts';
import { createTestCa, type TestCa } from '../testing/test-ca.ts';
import type { AgentIdentity } from './identity.ts';
import { type KeepIdentityFreshOptions, keepIdentityFresh, renewalDelayMs } from './renew.ts';

const HOUR = 3_600_000;
let ca: TestCa;
beforeAll(async () => {
  ca = await createTestCa();
});

async function start(overrides: Partial<KeepIdentityFreshOptions> = {}) {
  const startAt = new Date(Math.floor(Date.now() / 1_000) * 1_000);
  const clock = createFakeClock(startAt);
  const life = (atMs: number) => ({ notBefore: new Date(atMs), notAfter: new Date(atMs + 24 * HOUR) });
  const identity = await anIdentity(ca, life(clock.now()));
  const box: { stored: AgentIdentity } = { stored: identity };
  const adopted: AgentIdentity[] = [];
  const renew = vi.fn(async (csrPem: string) => ({
    certificatePem: await ca.sign(csrPem, { uris: [clusterSanUri(identity.clusterId)], ...life(clock.now()) }),
  }));
  const stop = new AbortController();
  const running = keepIdentityFresh({
    current: () => adopted.at(-1) ?? identity,
    store: {
      load: async () => box.stored,
      save: async (next) => {
        box.stored = next;
        return next;
      },
    },
    renew,
    onIdentity: (next) => adopted.push(next),
    clock,
    logger: silentLogger,
    signal: stop.signal,
    random: () => 0.5,
    ...overrides,
  });
  return { clock, identity, box, adopted, renew, running, stop };
}

describe('keeping an identity fresh', () => {
  it('SEC-D20 renews at half of its life, with a new key, and again', async () => {
    const { clock, identity, box, adopted, renew, running, stop } = await start();
    await clock.advanceAsync(12 * HOUR - 1);
    expect(renew).not.toHaveBeenCalled();
    await clock.advanceAsync(1);
    await vi.waitFor(() => expect(adopted).toHaveLength(1));
    expect(box.stored).toBe(adopted[0]);
    expect(adopted[0]?.clusterId).toBe(identity.clusterId);
    expect(adopted[0]?.privateKeyPem.reveal()).not.toBe(identity.privateKeyPem.reveal());
    await vi.waitFor(() => expect(clock.pending).toBe(1));
    await clock.advanceAsync(12 * HOUR);
    await vi.waitFor(() => expect(adopted).toHaveLength(2));
    stop.abort();
    await running;
    expect(clock.pending).toBe(0);
  });

  it('adopts a newer identity of another replica and asks the server nothing', async () => {
    const { clock, identity, box, adopted, renew, running, stop } = await start();
    const newer = await anIdentity(ca, {
      clusterId: identity.clusterId,
      notBefore: new Date(clock.now() + 11 * HOUR),
      notAfter: new Date(clock.now() + 35 * HOUR),
    });
    box.stored = newer;
    await clock.advanceAsync(12 * HOUR);
    await vi.waitFor(() => expect(adopted).toEqual([newer]));
    expect(renew).not.toHaveBeenCalled();
    stop.abort();
    await running;
  });

  it('SEC-D01 ignores a stored identity of another cluster', async () => {
    const { clock, identity, box, adopted, renew, running, stop } = await start();
    box.stored = await anIdentity(ca, { notAfter: new Date(clock.now() + 100 * HOUR) });
    await clock.advanceAsync(12 * HOUR);
    await vi.waitFor(() => expect(adopted).toHaveLength(1));
    expect(renew).toHaveBeenCalledTimes(1);
    expect(adopted[0]?.clusterId).toBe(identity.clusterId);
    stop.abort();
    await running;
  });

  it('tries again each minute after a failure, and keeps the old identity meanwhile', async () => {
    const renew = vi.fn(() => Promise.reject(new Error('no tunnel')));
    const { clock, adopted, running, stop } = await start({ renew });
    await clock.advanceAsync(12 * HOUR);
    await vi.waitFor(() => expect(renew).toHaveBeenCalledTimes(1));
    for (const times of [2, 3]) {
      await vi.waitFor(() => expect(clock.pending).toBe(1));
      await clock.advanceAsync(60_000);
      await vi.waitFor(() => expect(renew).toHaveBeenCalledTimes(times));
    }
    expect(adopted).toEqual([]);
    stop.abort();
    await running;
  });

  it('SEC-D17 does not take a certificate for another cluster or key', async () => {
    const other = await anIdentity(ca);
    const { clock, adopted, box, identity, running, stop } = await start({
      renew: async () => ({ certificatePem: other.certificatePem }),
    });
    await clock.advanceAsync(12 * HOUR);
    await vi.waitFor(() => expect(clock.pending).toBe(1));
    expect([adopted, box.stored]).toEqual([[], identity]);
    stop.abort();
    await running;
  });

  it('is due between 40 and 60 percent of a life, at once when that is over', async () => {
    const { identity, clock, running, stop } = await start();
    const now = clock.now();
    expect(renewalDelayMs(identity, now, 0)).toBeCloseTo(9.6 * HOUR, -1);
    expect(renewalDelayMs(identity, now, 0.999_999)).toBeCloseTo(14.4 * HOUR, -4);
    expect(renewalDelayMs(identity, now + 23 * HOUR, 0.5)).toBe(0);
    stop.abort();
    await running;
  });
});
