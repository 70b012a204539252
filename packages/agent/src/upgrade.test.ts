import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Harness, startHarness } from './testing/harness.ts';
import {
  type RecordingUpstream,
  type RecordingUpstreamOptions,
  startRecordingUpstream,
} from './testing/recording-upstream.ts';
import { createTestCa, type TestCa } from './testing/test-ca.ts';

const WEBSOCKET = [
  'Connection',
  'Upgrade',
  'Upgrade',
  'websocket',
  'Sec-WebSocket-Key',
  'k',
  'Sec-WebSocket-Version',
  '13',
];
const SPDY = ['Connection', 'Upgrade', 'Upgrade', 'SPDY/3.1', 'X-Stream-Protocol-Version', 'v4.channel.k8s.io'];
const EXEC = '/api/v1/namespaces/default/pods/p/exec?command=true';

let ca: TestCa;
const closers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  ca = await createTestCa();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(
  options: Omit<RecordingUpstreamOptions, 'ca'>,
): Promise<{ upstream: RecordingUpstream; harness: Harness }> {
  const upstream = await startRecordingUpstream({ ca, ...options });
  closers.push(() => upstream.close());
  const harness = await startHarness({ ca, port: upstream.port });
  closers.push(() => harness.close());
  return { upstream, harness };
}

function switchTo(protocol: string): RecordingUpstreamOptions['onUpgrade'] & {} {
  return (_req, socket) => {
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${protocol}\r\nConnection: Upgrade\r\n\r\n`);
    socket.on('data', (chunk: Buffer) => socket.write(chunk.toString().toUpperCase()));
    socket.on('end', () => socket.end('bye'));
  };
}

describe('an upgrade', () => {
  for (const [protocol, method, headers] of [
    ['websocket', 'GET', WEBSOCKET],
    ['SPDY/3.1', 'POST', SPDY],
  ] as const) {
    it(`becomes a pipe for ${protocol}, with bytes and half-closes both ways`, async () => {
      const { upstream, harness } = await start({ onUpgrade: switchTo(protocol) });
      const opened = await harness.open({ method, target: EXEC, upgrade: true, headers });
      const head = await opened.head;
      expect(head).toEqual({ status: 101, headers: ['Connection', 'Upgrade', 'Upgrade', protocol] });
      opened.exchange.write(Buffer.from('hello'));
      await opened.received((text) => text === 'HELLO');
      opened.exchange.end();
      const answer = await opened.answer;
      expect(answer.error).toBeUndefined();
      expect(answer.body.toString()).toBe('HELLObye');
      const { rawHeaders } = upstream.requests[0] ?? { rawHeaders: [] };
      expect(rawHeaders.slice(-8)).toEqual([
        'Authorization',
        'Bearer agent-token',
        'Impersonate-User',
        'ada@example.com',
        'Impersonate-Group',
        'sallyport:view',
        'Impersonate-Extra-sallyport.dev%2Fsession',
        's-1',
      ]);
      expect(rawHeaders).not.toContain('Transfer-Encoding');
    });
  }

  it('keeps the caller’s direction open after the upstream half-closed', async () => {
    const heard: string[] = [];
    const { harness } = await start({
      onUpgrade(_req, socket) {
        socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nfirst');
        socket.on('data', (chunk: Buffer) => heard.push(chunk.toString()));
      },
    });
    const opened = await harness.open({ target: EXEC, upgrade: true, headers: WEBSOCKET });
    const answer = await opened.answer;
    expect(answer.body.toString()).toBe('first');
    opened.exchange.write(Buffer.from('late'));
    await vi.waitFor(() => expect(heard.join('')).toBe('late'));
    opened.exchange.end();
    await vi.waitFor(() => expect(harness.metrics.render()).toContain('sallyport_agent_exchanges_open 0'));
    expect(harness.server.streamCount).toBe(0);
  });

  it('ends with a reset when the upstream connection breaks', async () => {
    const { upstream, harness } = await start({ onUpgrade: switchTo('websocket') });
    const opened = await harness.open({ target: EXEC, upgrade: true, headers: WEBSOCKET });
    await opened.head;
    upstream.breakConnections();
    expect((await opened.answer).error).toMatchObject({ resetCode: 'upstreamReset' });
  });

  it('SEC-C18 destroys the upstream connection when the caller resets', async () => {
    const { upstream, harness } = await start({ onUpgrade: switchTo('websocket') });
    const opened = await harness.open({ target: EXEC, upgrade: true, headers: WEBSOCKET });
    await opened.head;
    opened.exchange.reset('cancelled');
    await vi.waitFor(() => expect(upstream.openSockets.size).toBe(0));
  });

  it('SEC-C01 leaves nothing behind after a refusal: no second request, no reused connection', async () => {
    const bytes: string[] = [];
    const { upstream, harness } = await start({
      onUpgrade(_req, socket) {
        socket.on('data', (chunk: Buffer) => bytes.push(chunk.toString()));
        const body = '{"kind":"Status","code":403}';
        socket.write(
          `HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n` +
            `Connection: keep-alive\r\n\r\n${body}`,
        );
      },
    });
    const opened = await harness.open({ target: EXEC, upgrade: true, headers: WEBSOCKET });
    const smuggled = Buffer.from('GET /api/v1/secrets HTTP/1.1\r\nHost: x\r\nImpersonate-User: root\r\n\r\n');
    opened.exchange.write(smuggled);
    const answer = await opened.answer;
    expect(answer.head?.status).toBe(403);
    expect(answer.body.toString()).toBe('{"kind":"Status","code":403}');
    opened.exchange.write(smuggled);
    opened.exchange.end();
    await vi.waitFor(() => expect(upstream.openSockets.size).toBe(0));
    await harness.request();
    expect(bytes.join('')).toBe('');
    expect(upstream.requests.map(({ target }) => target)).toEqual([EXEC, '/api/v1/pods']);
    expect(upstream.connectionCount).toBe(2);
  });

  for (const [name, response] of [
    ['200 with a body', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nopen'],
    ['200 without an end', 'HTTP/1.1 200 OK\r\n\r\nopen'],
    ['a redirect', 'HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n'],
    ['101 to another protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n'],
  ] as const) {
    it(`SEC-C02 SEC-C03 answers 502 when the upstream answers with ${name}`, async () => {
      const { upstream, harness } = await start({ onUpgrade: (_req, socket) => void socket.write(response) });
      const opened = await harness.open({ target: EXEC, upgrade: true, headers: WEBSOCKET });
      const answer = await opened.answer;
      expect(answer.head?.status).toBe(502);
      expect(JSON.parse(answer.body.toString())).toMatchObject({ kind: 'Status', status: 'Failure', code: 502 });
      expect(answer.body.toString()).not.toMatch(/open|evil/);
      await vi.waitFor(() => expect(upstream.openSockets.size).toBe(0));
    });
  }

  it('SEC-C04 is refused for any protocol but websocket and SPDY/3.1', async () => {
    const { upstream, harness } = await start({ onUpgrade: switchTo('websocket') });
    for (const headers of [
      ['Upgrade', 'h2c'],
      ['Upgrade', 'foo'],
      [],
      ['Upgrade', 'websocket', 'Upgrade', 'SPDY/3.1'],
      ['Upgrade', 'websocket, h2c'],
    ]) {
      const answer = await harness.request({ target: EXEC, upgrade: true, headers });
      expect(answer.error).toMatchObject({ resetCode: 'capabilityRefused' });
    }
    expect(upstream.connectionCount).toBe(0);
  });

  it('SEC-C04 does not happen when the exchange is not marked as one', async () => {
    const { upstream, harness } = await start({ onUpgrade: switchTo('websocket') });
    const answer = await harness.request({ target: '/api/v1/namespaces/default/pods', headers: WEBSOCKET });
    expect(answer.head?.status).toBe(200);
    expect(upstream.requests[0]?.rawHeaders).not.toContain('websocket');
  });
});
