import { createFakeClock } from '@sallyport/core/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startRecordingUpstream } from '../testing/recording-upstream.ts';
import { createTestCa } from '../testing/test-ca.ts';
import { createKubeUpstream } from './node-upstream.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

describe('a request of the agent itself', () => {
  it('is given up at its deadline, so that a silent API server collects none', async () => {
    const ca = await createTestCa();
    const kube = await startRecordingUpstream({ ca, onRequest: () => {} });
    closers.push(() => kube.close());
    const clock = createFakeClock();
    const upstream = createKubeUpstream({
      host: 'localhost',
      port: kube.port,
      ca: [ca.certificatePem],
      token: () => 'agent-token',
      clock,
    });
    closers.push(() => upstream.close());
    const asked = upstream.sendAsAgent({ method: 'GET', path: '/version', timeoutMs: 5_000 });
    const refused = expect(asked).rejects.toMatchObject({
      code: 'ERR_AGENT_UPSTREAM_UNREACHABLE',
      message: 'no answer within 5000 ms',
    });
    await vi.waitFor(() => expect(kube.openSockets.size).toBe(1));
    clock.advance(5_000);
    await refused;
    await vi.waitFor(() => expect(kube.openSockets.size).toBe(0));
  });
});
