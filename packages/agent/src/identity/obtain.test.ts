import { Secret } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { AgentError } from '../errors.ts';
import { anIdentity } from '../testing/identities.ts';
import { createTestCa, type TestCa } from '../testing/test-ca.ts';
import type { AgentIdentity } from './identity.ts';
import { type ObtainIdentityOptions, obtainIdentity } from './obtain.ts';

let ca: TestCa;
beforeAll(async () => {
  ca = await createTestCa();
});

const refusedError = new AgentError({ code: 'ERR_AGENT_ENROLMENT_REFUSED', message: 'the token was used before' });

function start(overrides: Partial<ObtainIdentityOptions> & { readonly stored?: AgentIdentity } = {}) {
  const clock = createFakeClock(new Date());
  const errors: string[] = [];
  const box: { stored: AgentIdentity | undefined } = { stored: overrides.stored };
  const enrol = vi.fn(() => anIdentity(ca));
  const stop = new AbortController();
  const obtained = obtainIdentity({
    store: {
      load: async () => box.stored,
      save: async (identity) => {
        box.stored = identity;
        return identity;
      },
    },
    joinToken: () => new Secret('join-1'),
    enrol,
    clock,
    logger: {
      debug() {},
      info() {},
      warn() {},
      error: (fields, message) => errors.push(`${String(fields['code'])} ${message} ${String(fields['nextStep'])}`),
    },
    signal: stop.signal,
    ...overrides,
  });
  obtained.catch(() => {});
  return { clock, errors, box, enrol, obtained, stop };
}

const old = (clusterId?: AgentIdentity['clusterId']) =>
  anIdentity(ca, {
    ...(clusterId && { clusterId }),
    notBefore: new Date(Date.now() - 7_200_000),
    notAfter: new Date(Date.now() - 3_600_000),
  });

describe('obtaining an identity', () => {
  it('SEC-D20 keeps the stored one though the used join token is still set', async () => {
    const stored = await anIdentity(ca, { notAfter: new Date(Date.now() + 3_600_000) });
    const { obtained, enrol } = start({ stored });
    expect(await obtained).toBe(stored);
    expect(enrol).not.toHaveBeenCalled();
  });

  it('enrols once and stores the outcome when there is none', async () => {
    const { obtained, enrol, box } = start();
    expect(await obtained).toBe(box.stored);
    expect(enrol).toHaveBeenCalledTimes(1);
  });

  it('fails without an identity and without a token', async () => {
    const { obtained } = start({ joinToken: () => undefined });
    await expect(obtained).rejects.toMatchObject({ code: 'ERR_AGENT_IDENTITY_MISSING' });
  });

  it('waits for the server with growing pauses', async () => {
    const enrol = vi
      .fn<() => Promise<AgentIdentity>>()
      .mockRejectedValueOnce(new AgentError({ code: 'ERR_AGENT_SERVER_UNREACHABLE', message: 'away' }))
      .mockImplementation(() => anIdentity(ca));
    const { obtained, clock } = start({ enrol });
    await vi.waitFor(() => expect(clock.pending).toBe(1));
    await clock.advanceAsync(30_000);
    await obtained;
    expect(enrol).toHaveBeenCalledTimes(2);
  });

  it('adopts what another replica got for the token that both have', async () => {
    const theirs = await anIdentity(ca);
    const { obtained, clock, box } = start({ enrol: () => Promise.reject(refusedError) });
    await vi.waitFor(() => expect(clock.pending).toBe(1));
    box.stored = theirs;
    await clock.advanceAsync(5_000);
    expect(await obtained).toBe(theirs);
  });

  it('fails when the token stays refused and nobody else stored an identity', async () => {
    const enrol = vi.fn(() => Promise.reject(refusedError));
    const { obtained, clock } = start({ enrol });
    for (let i = 0; i < 8; i++) await clock.advanceAsync(5_000);
    await expect(obtained).rejects.toMatchObject({ code: 'ERR_AGENT_ENROLMENT_REFUSED' });
    expect(enrol).toHaveBeenCalledTimes(1);
  });

  it('SEC-D19 does not try again on a server that is not the pinned one', async () => {
    const untrusted = new AgentError({ code: 'ERR_AGENT_SERVER_UNTRUSTED', message: 'wrong CA' });
    const enrol = vi.fn(() => Promise.reject(untrusted));
    const { obtained } = start({ enrol });
    await expect(obtained).rejects.toBe(untrusted);
    expect(enrol).toHaveBeenCalledTimes(1);
  });

  it('SEC-D20 reports an expired identity once, with the way to re-join, and goes on when a new token turns up', async () => {
    const expired = await old();
    let token = 'used';
    const fresh = await anIdentity(ca, { clusterId: expired.clusterId });
    const enrol = vi.fn((joinToken: Secret) =>
      joinToken.reveal() === 'new' ? Promise.resolve(fresh) : Promise.reject(refusedError),
    );
    const { obtained, clock, errors } = start({ stored: expired, joinToken: () => new Secret(token), enrol });
    for (let i = 0; i < 20; i++) await clock.advanceAsync(5_000);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(
      `ERR_AGENT_IDENTITY_EXPIRED the certificate of cluster prod (${expired.clusterId}) expired`,
    );
    expect(errors[0]).toContain('new join token');
    expect(enrol).toHaveBeenCalledTimes(1);
    token = 'new';
    await clock.advanceAsync(5_000);
    expect((await obtained).clusterId).toBe(expired.clusterId);
  });

  it('SEC-D20 keeps a refused identity that the server trusts still, and leaves the join token alone', async () => {
    const stored = await anIdentity(ca, { notAfter: new Date(Date.now() + 3_600_000) });
    const { obtained, enrol } = start({ stored, isRefused: true, askStanding: async () => 'unknown' });
    expect(await obtained).toBe(stored);
    expect(enrol).not.toHaveBeenCalled();
  });

  it('SEC-D20 waits with an identity whose authority is dropped, until a new token is there or it is trusted again', async () => {
    const notAfter = new Date(Date.now() + 3_600_000);
    const learned = { pinned: 'p', jwks: { keys: [] }, version: 3 } as unknown as NonNullable<
      AgentIdentity['capabilityKeys']
    >;
    const stored = { ...(await anIdentity(ca, { notAfter })), capabilityKeys: learned };
    const fresh = await anIdentity(ca, { clusterId: stored.clusterId });
    const enrol = vi.fn((joinToken: Secret) =>
      joinToken.reveal() === 'new' ? Promise.resolve(fresh) : Promise.reject(refusedError),
    );
    let token = 'used';
    let standing: 'untrusted' | 'unknown' = 'untrusted';
    const options = { stored, isRefused: true, askStanding: async () => standing, enrol };
    const waiting = start({ ...options, joinToken: () => new Secret(token) });
    for (let i = 0; i < 20; i++) await waiting.clock.advanceAsync(5_000);
    expect(waiting.errors).toEqual([expect.stringContaining('ERR_AGENT_IDENTITY_UNTRUSTED')]);
    expect(enrol).toHaveBeenCalledTimes(1);
    token = 'new';
    await waiting.clock.advanceAsync(5_000);
    expect(await waiting.obtained).toEqual({ ...fresh, capabilityKeys: learned });

    const again = start({ ...options, joinToken: () => undefined });
    await again.clock.advanceAsync(5_000);
    standing = 'unknown';
    await again.clock.advanceAsync(30_000);
    expect(await again.obtained).toBe(stored);
  });

  it('stops waiting when it is told to', async () => {
    const { obtained, clock, stop } = start({ stored: await old(), joinToken: () => undefined });
    await vi.waitFor(() => expect(clock.pending).toBe(1));
    stop.abort(new Error('stopped'));
    await expect(obtained).rejects.toThrow('stopped');
  });
});
