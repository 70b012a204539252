import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, type HarnessOptions, startHarness } from './testing/harness.ts';
import {
  type RecordingUpstream,
  type RecordingUpstreamOptions,
  startRecordingUpstream,
} from './testing/recording-upstream.ts';
import { createTestCa, type TestCa } from './testing/test-ca.ts';

let ca: TestCa;
const closers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  ca = await createTestCa();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(
  upstreamOptions: Omit<RecordingUpstreamOptions, 'ca'> = {},
  options: Partial<HarnessOptions> = {},
): Promise<{ upstream: RecordingUpstream; harness: Harness }> {
  const upstream = await startRecordingUpstream({ ca, ...upstreamOptions });
  closers.push(() => upstream.close());
  const harness = await startHarness({ ca, port: upstream.port, ...options });
  closers.push(() => harness.close());
  return { upstream, harness };
}

describe('serving an exchange', () => {
  it('forwards a GET as the impersonated person, with the identity lines last', async () => {
    const { upstream, harness } = await start();
    const answer = await harness.request({ headers: ['Accept', 'application/json', 'User-Agent', 'kubectl'] });
    expect(answer.error).toBeUndefined();
    expect(answer.head?.status).toBe(200);
    expect(answer.body.toString()).toBe('{}');
    expect(upstream.requests).toEqual([
      {
        method: 'GET',
        target: '/api/v1/pods',
        rawHeaders: [
          'Host',
          `127.0.0.1:${upstream.port}`,
          'Connection',
          'keep-alive',
          'Accept',
          'application/json',
          'User-Agent',
          'kubectl',
          'Authorization',
          'Bearer agent-token',
          'Impersonate-User',
          'ada@example.com',
          'Impersonate-Group',
          'sallyport:view',
          'Impersonate-Extra-sallyport.dev%2Fsession',
          's-1',
        ],
        body: '',
      },
    ]);
  });
});
