import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { LOOPBACK_NETWORKS, type ResolveAll } from '../network/outbound-guard.ts';
import { assertTaken, createOutbound, type Outbound, type OutboundOptions } from './outbound.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function aReceiver(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function anOutbound(options: Partial<OutboundOptions> = {}): Outbound {
  const outbound = createOutbound({ allowedAddresses: LOOPBACK_NETWORKS, now: Date.now, ...options });
  closers.push(() => outbound.close());
  return outbound;
}

const post = (url: string) => ({
  method: 'POST' as const,
  url,
  headers: { authorization: 'Bearer canary-secret' },
  body: '{"canary":"secret"}',
});
const failureOf = async (sending: Promise<unknown>): Promise<Error & { readonly code?: string }> =>
  sending.then(
    () => {
      throw new Error('it was sent');
    },
    (error: unknown) => error as Error,
  );

describe('the way out', () => {
  it('brings back what the receiver answers', async () => {
    const url = await aReceiver((_request, response) => {
      response.writeHead(429, { 'retry-after': '7' }).end('slow down');
    });
    const answer = await anOutbound().send(post(url));
    expect(answer).toEqual({ status: 429, text: 'slow down', retryAfterMs: 7_000 });
    expect(() => assertTaken(answer, 'the receiver')).toThrow(
      expect.objectContaining({ code: 'ERR_NOTIFICATION_REFUSED', retryAfterMs: 7_000, isFinal: false }) as Error,
    );
  });

  it.each([400, 410, 413, 422])('does not try again what is refused with %i', (status) => {
    expect(() => assertTaken({ status, text: '' }, 'it')).toThrow(expect.objectContaining({ isFinal: true }) as Error);
  });

  it.each([
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://10.0.0.1/',
    'https://168.63.129.16/',
    'https://[::ffff:169.254.169.254]/',
  ])('SEC-E09 leads to no address of this machine or a private network: %s', async (url) => {
    const failure = await failureOf(anOutbound({ allowedAddresses: [] }).send(post(url)));
    expect(failure.code).toBe('ERR_NOTIFICATION_ADDRESS');
  });

  it('SEC-E09 looks at what a name resolves to, each time', async () => {
    const hits: string[] = [];
    const url = await aReceiver((request, response) => {
      hits.push(request.url ?? '');
      response.end();
    });
    const { port } = new URL(url);
    const resolveAll: ResolveAll = (_, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);
    const failure = await failureOf(
      anOutbound({ allowedAddresses: [], resolveAll }).send(post(`https://hook.example:${port}/`)),
    );
    expect(failure.code).toBe('ERR_NOTIFICATION_ADDRESS');
    expect(hits).toEqual([]);
    await anOutbound({ resolveAll }).send(post(`http://hook.example:${port}/again`));
    expect(hits).toEqual(['/again']);
  });

  it('SEC-E09 sends nothing in the clear to the internet', async () => {
    const resolveAll: ResolveAll = (_, done) => done(null, [{ address: '203.0.114.1', family: 4 }]);
    const failure = await failureOf(anOutbound({ resolveAll }).send(post('http://hook.example/')));
    expect(failure).toMatchObject({ code: 'ERR_NOTIFICATION_ADDRESS', nextStep: 'Use https://.' });
  });

  it('SEC-E09 follows no redirect', async () => {
    const hits: string[] = [];
    const url = await aReceiver((request, response) => {
      hits.push(request.url ?? '');
      response.writeHead(307, { location: '/inside' }).end();
    });
    const answer = await anOutbound().send(post(url));
    expect(() => assertTaken(answer, 'the receiver')).toThrow(/status 307, a redirect, which is not followed/);
    expect(hits).toEqual(['/']);
  });

  it('SEC-E09 tells no secret of an address, a header or an answer in its errors', async () => {
    const url = await aReceiver((request, response) => {
      if (request.url?.startsWith('/echo')) response.writeHead(500).end(`${request.headers.authorization}`);
      else request.socket.destroy();
    });
    const answer = await anOutbound().send(post(`${url}/echo?token=canary`));
    const failures = [
      await failureOf(Promise.resolve().then(() => assertTaken(answer, 'the receiver'))),
      await failureOf(anOutbound().send(post(`${url}/cut?token=canary`))),
      await failureOf(anOutbound({ allowedAddresses: [] }).send(post('https://127.0.0.1/?token=canary'))),
    ];
    expect(failures.map(({ code }) => code)).toEqual([
      'ERR_NOTIFICATION_REFUSED',
      'ERR_NOTIFICATION_UNREACHABLE',
      'ERR_NOTIFICATION_ADDRESS',
    ]);
    for (const failure of failures) {
      expect(`${failure.stack} ${JSON.stringify(failure)} ${String(failure.cause)}`).not.toContain('canary');
    }
  });

  it('waits no longer than it is told to, and reads no more', async () => {
    const slow = await aReceiver(() => {});
    const late = await failureOf(anOutbound({ timeoutMs: 50 }).send(post(slow)));
    expect(late).toMatchObject({
      code: 'ERR_NOTIFICATION_UNREACHABLE',
      message: expect.stringMatching(/in time|TIMEOUT/),
    });
    const large = await aReceiver((_request, response) => void response.end('x'.repeat(100_000)));
    expect(await failureOf(anOutbound().send(post(large)))).toMatchObject({ code: 'ERR_NOTIFICATION_UNREACHABLE' });
  });
});
