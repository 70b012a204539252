import http2, { type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createFakeClock } from '@sallyport/core/testing';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startHarness } from '../testing/harness.ts';
import { startRecordingUpstream } from '../testing/recording-upstream.ts';
import { createTestCa, type TestCa } from '../testing/test-ca.ts';

const WATCH = '/api/v1/pods?watch=true';
const closers: (() => unknown)[] = [];
let ca: TestCa;
beforeAll(async () => {
  ca = await createTestCa();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startHttp2Upstream(onStream: (stream: ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void) {
  const { certificatePem, keyPem } = await ca.issue({ ipAddresses: ['127.0.0.1'] });
  const sessions = new Set<ServerHttp2Session>();
  let sessionCount = 0;
  const server = http2.createSecureServer({
    cert: certificatePem,
    key: keyPem,
    settings: { maxConcurrentStreams: 250 },
    maxSessionMemory: 100,
    maxHeaderListPairs: 2_000,
  });
  server.on('session', (session) => {
    sessionCount += 1;
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
  });
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => {});
    onStream(stream, headers);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.close();
    for (const session of sessions) session.destroy();
  });
  return {
    port: (server.address() as AddressInfo).port,
    sessions,
    get sessionCount() {
      return sessionCount;
    },
  };
}

async function start(port: number, options: Partial<Parameters<typeof startHarness>[0]> = {}) {
  const harness = await startHarness({ ca, port, ...options });
  closers.push(() => harness.close());
  return harness;
}

describe('a long-running request', () => {
  it('goes upstream over HTTP/2 with the same lines, and streams', async () => {
    let seen: http2.IncomingHttpHeaders = {};
    const upstream = await startHttp2Upstream((stream, headers) => {
      seen = headers;
      stream.respond({ ':status': 200, 'content-type': 'application/json', 'audit-id': 'a' });
      stream.write('one');
    });
    const harness = await start(upstream.port);
    const opened = await harness.open({ target: WATCH, as: { user: 'Zoë' } });
    opened.exchange.end();
    expect(await opened.head).toEqual({
      status: 200,
      headers: ['content-type', 'application/json', 'audit-id', 'a', ...dateOf(await opened.head)],
    });
    await opened.received((text) => text === 'one');
    expect(seen).toMatchObject({
      ':method': 'GET',
      ':path': WATCH,
      ':authority': `127.0.0.1:${upstream.port}`,
      authorization: 'Bearer agent-token',
      'impersonate-user': Buffer.from('Zoë').toString('latin1'),
      'impersonate-group': 'sallyport:view',
    });
    opened.exchange.reset('cancelled');
  });

  it('SEC-A07 carries 500 groups', async () => {
    const groups = Array.from({ length: 500 }, (_, i) => `a-rather-long-name-of-a-group-in-a-directory-${i}`);
    let count = 0;
    const upstream = await startHttp2Upstream((stream, headers) => {
      count = (headers['impersonate-group'] as string).split(', ').length;
      stream.respond({ ':status': 200 });
      stream.end();
    });
    const harness = await start(upstream.port, { ceiling: { groups } });
    expect((await harness.request({ target: WATCH, as: { groups } })).head?.status).toBe(200);
    expect(count).toBe(500);
  });

  it('shares sessions up to 100 streams each, and frees its stream when the caller goes', async () => {
    const open = new Set<ServerHttp2Stream>();
    const upstream = await startHttp2Upstream((stream) => {
      open.add(stream);
      stream.on('close', () => open.delete(stream));
      stream.respond({ ':status': 200 });
    });
    const harness = await start(upstream.port);
    const opened = await Promise.all(Array.from({ length: 150 }, () => harness.open({ target: WATCH })));
    for (const { exchange } of opened) exchange.end();
    await Promise.all(opened.map(({ head }) => head));
    expect([open.size, upstream.sessionCount]).toEqual([150, 2]);
    for (const { exchange } of opened) exchange.reset('cancelled');
    await vi.waitFor(() => expect(open.size).toBe(0));
    const again = await harness.open({ target: WATCH });
    again.exchange.end();
    await again.head;
    expect(upstream.sessionCount).toBe(2);
  });

  it('resets when the upstream resets, and ends when it ends', async () => {
    const upstream = await startHttp2Upstream((stream, headers) => {
      stream.respond({ ':status': 200 });
      stream.write('part', () => {
        if (headers[':path'] === WATCH) stream.destroy(new Error('broken'));
        else stream.end();
      });
    });
    const harness = await start(upstream.port);
    expect((await harness.request({ target: WATCH })).error).toMatchObject({ resetCode: 'upstreamReset' });
    const whole = await harness.request({ target: `${WATCH}&resourceVersion=1` });
    expect([whole.error, whole.body.toString()]).toEqual([undefined, 'part']);
  });

  it('opens a new session after GOAWAY, and the old one’s watches go on', async () => {
    const streams: ServerHttp2Stream[] = [];
    const upstream = await startHttp2Upstream((stream) => {
      streams.push(stream);
      stream.respond({ ':status': 200 });
    });
    const harness = await start(upstream.port);
    const first = await harness.open({ target: WATCH });
    first.exchange.end();
    await first.head;
    const [session] = upstream.sessions;
    session?.goaway();
    await new Promise((resolve) => session?.ping(resolve));
    const second = await harness.open({ target: WATCH });
    second.exchange.end();
    await second.head;
    expect(upstream.sessionCount).toBe(2);
    streams[0]?.write('still here');
    await first.received((text) => text === 'still here');
  });

  it('notices a dead session within 45 seconds', async () => {
    const clock = createFakeClock();
    const upstream = await startHttp2Upstream((stream) => stream.respond({ ':status': 200 }));
    const relay = await startRelay(upstream.port);
    const harness = await start(relay.port, { clock });
    const opened = await harness.open({ target: WATCH });
    opened.exchange.end();
    await opened.head;
    relay.swallow();
    await clock.advanceAsync(30_000);
    const renewed = await harness.sign();
    await harness.capabilities.verify(renewed);
    opened.exchange.renew(renewed);
    await harness.server.ping();
    await clock.advanceAsync(15_000);
    expect((await opened.answer).error).toMatchObject({ resetCode: 'upstreamReset' });
  });

  it('falls back to HTTP/1.1 where HTTP/2 is not spoken', async () => {
    const upstream = await startRecordingUpstream({ ca });
    closers.push(() => upstream.close());
    const harness = await start(upstream.port);
    expect((await harness.request({ target: WATCH })).body.toString()).toBe('{}');
    expect((await harness.request({ target: WATCH })).body.toString()).toBe('{}');
    expect(upstream.requests).toHaveLength(2);
  });

  it('resets as upstreamUnreachable when nobody listens', async () => {
    const upstream = await startRecordingUpstream({ ca });
    await upstream.close();
    const harness = await start(upstream.port);
    const { error } = await harness.request({ target: WATCH });
    expect(error).toMatchObject({ resetCode: 'upstreamUnreachable' });
    expect(error?.message).toContain('ECONNREFUSED');
  });
});

/** A TCP relay that can turn into a black hole. */
async function startRelay(port: number) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => to.destroy());
      from.on('data', (chunk: Buffer) => {
        if (!isSwallowing) to.write(chunk);
      });
    }
  });
  let isSwallowing = false;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    port: (server.address() as AddressInfo).port,
    swallow() {
      isSwallowing = true;
    },
  };
}

function dateOf(head: { readonly headers: readonly string[] }): string[] {
  const at = head.headers.indexOf('date');
  return at < 0 ? [] : head.headers.slice(at, at + 2);
}
