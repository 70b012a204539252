import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import type { KubeRequest } from './kube-client.ts';
import { keepServiceAccountToken } from './service-account-token.ts';

const folder = temporaryFolder();

function setUp(answer: (count: number) => unknown) {
  const clock = createFakeClock();
  const requests: KubeRequest[] = [];
  const controller = new AbortController();
  const file = join(folder, `token-${Math.random()}`);
  const client = {
    request: async (request: KubeRequest) => {
      requests.push(request);
      return answer(requests.length);
    },
    close: async () => {},
  };
  const keep = () =>
    keepServiceAccountToken({
      client,
      namespace: 'sallyport',
      name: 'agent',
      file,
      clock,
      logger: silentLogger,
      signal: controller.signal,
    });
  return { clock, requests, controller, file, keep };
}

describe('keepServiceAccountToken', () => {
  it('keeps the token in a 0600 file and renews it at four fifths of the life that the cluster gave it', async () => {
    const { clock, requests, controller, file, keep } = setUp((count) => ({
      status: { token: `token-${count}`, expirationTimestamp: new Date(clock.now() + 1_000_000).toISOString() },
    }));
    await keep();
    expect(readFileSync(file, 'utf8')).toBe('token-1');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(requests[0]).toMatchObject({
      method: 'POST',
      path: '/api/v1/namespaces/sallyport/serviceaccounts/agent/token',
    });
    await clock.advanceAsync(799_000);
    expect(requests).toHaveLength(1);
    await clock.advanceAsync(2_000);
    await vi.waitFor(() => expect(readFileSync(file, 'utf8')).toBe('token-2'));
    controller.abort(new Error('over'));
    await vi.waitFor(() => expect(clock.pending).toBe(0));
  });

  it('tries again after a renewal that failed, and keeps the old token meanwhile', async () => {
    const { clock, requests, controller, file, keep } = setUp((count) => {
      if (count === 2) throw new Error('away');
      return { status: { token: `token-${count}`, expirationTimestamp: new Date(clock.now() + 10_000).toISOString() } };
    });
    await keep();
    await clock.advanceAsync(8_001);
    await vi.waitFor(() => expect(requests).toHaveLength(2));
    await vi.waitFor(() => expect(clock.pending).toBe(1));
    expect(readFileSync(file, 'utf8')).toBe('token-1');
    await clock.advanceAsync(10_001);
    await vi.waitFor(() => expect(readFileSync(file, 'utf8')).toBe('token-3'));
    controller.abort(new Error('over'));
  });

  it('refuses to start without a token, in a sentence', async () => {
    const { keep } = setUp(() => ({ status: {} }));
    await expect(keep()).rejects.toMatchObject({
      code: 'ERR_DEMO_CLUSTER',
      message: 'the cluster issued no token for the service account sallyport/agent',
    });
  });
});
