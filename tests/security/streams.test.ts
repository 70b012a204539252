import { createHash, randomBytes } from 'node:crypto';
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { createId } from '@sallyport/core';
import {
  createHeaderBlockEncoder,
  createSpdyDecoder,
  createWebSocketMessageDecoder,
  encodeChannelMessage,
  encodeSpdyFrame,
  encodeWebSocketFrame,
  exitCodeStatus,
  parseExitStatus,
} from '@sallyport/core/streaming';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { awaitCondition } from '../support/index.ts';
import { CLUSTER, ORGANIZATION, PREFIX, PROTOCOLS, type SecureStack, startSecureStack } from './harness.ts';
import type { RawConnection } from './http1-client.ts';
import { answerOf, sendRawHead } from './http2-client.ts';
import { headerValues, type UpstreamBody, type UpstreamCall } from './recording-upstream.ts';
import { askForUpgrade, execPath, openUpgraded, switchingHead, TRANSPORTS, type Transport } from './upgrade-client.ts';

let stack: SecureStack;
beforeAll(async () => {
  stack = await startSecureStack();
}, 60_000);
afterAll(() => stack?.close(), 30_000);
beforeEach(() => stack.upstream.reset());

const idle = () =>
  awaitCondition(() => stack.server.proxy.activeCount === 0, {
    what: 'no stream is open',
    timeoutMs: 5_000,
    everyMs: 5,
  });
const upstreamIdle = () =>
  awaitCondition(() => stack.upstream.requests.every(({ isOver }) => isOver), {
    what: 'the upstream has no request open',
    timeoutMs: 5_000,
    everyMs: 5,
  });
const SECOND = 'GET /api/v1/secrets HTTP/1.1\r\nHost: x\r\nImpersonate-User: root-of-evil\r\n\r\n';

/** Opens a session and hands over both ends. */
const openPipe = (transport: Transport, path: string, subprotocols?: readonly string[], token?: string) =>
  openUpgraded(stack, {
    transport,
    path,
    ...(subprotocols && { subprotocols }),
    ...(token !== undefined && { token }),
  });

describe.each(TRANSPORTS)('an upgrade by %s', (transport) => {
  it.each([403, 404, 500])('SEC-C01 that ends with %i leaves no way for a second request', async (status) => {
    stack.upstream.answer = (call) => call.respond(status, ['Content-Type', 'application/json'], '{"kind":"Status"}');
    const caller = await askForUpgrade(stack, { transport, path: execPath(`c01-${status}`), behind: SECOND });
    const answer = await caller.answer();
    expect([answer.status, answer.body]).toEqual([status, '{"kind":"Status"}']);
    caller.write(SECOND);
    await caller.closed;
    expect(
      caller
        .received()
        .toString('latin1')
        .match(/HTTP\/1\.1/g),
    ).toHaveLength(1);
    await upstreamIdle();
    expect(stack.upstream.requests).toHaveLength(1);
    expect(Buffer.concat(stack.upstream.wire()).toString('latin1')).not.toMatch(/secrets|root-of-evil/);
    await idle();
  });

  it.each([
    [200, ['Content-Type', 'text/plain']],
    [204, []],
    [200, ['Upgrade', 'websocket', 'Connection', 'Upgrade']],
    [302, ['Location', '/elsewhere']],
  ])('SEC-C02 that is answered with %i is an error and never a pipe', async (status, headers) => {
    stack.upstream.answer = (call) => call.open(status, headers).write('BODY-OF-UPSTREAM');
    const caller = await askForUpgrade(stack, { transport, path: execPath('c02'), behind: SECOND });
    const answer = await caller.answer();
    expect(answer.status).toBe(502);
    expect(caller.received().toString()).not.toContain('BODY-OF-UPSTREAM');
    await caller.closed;
    await upstreamIdle();
    expect(Buffer.concat(stack.upstream.wire()).toString('latin1')).not.toMatch(/secrets|root-of-evil/);
  });

  it('SEC-C02 to another protocol than was asked for is an error', async () => {
    const other = transport === 'websocket' ? 'SPDY/3.1' : 'websocket';
    stack.upstream.answer = (call) =>
      void call.raw(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${other}\r\nConnection: Upgrade\r\n\r\n`);
    const caller = await askForUpgrade(stack, { transport, path: execPath('c02-other') });
    expect((await caller.answer()).status).toBe(502);
    await upstreamIdle();
  });

  it.each([
    ['h2c', 'Connection: Upgrade\r\nUpgrade: h2c\r\n'],
    ['an invented one', 'Connection: Upgrade\r\nUpgrade: foo\r\n'],
    ['two in a list', 'Connection: Upgrade\r\nUpgrade: websocket, SPDY/3.1\r\n'],
    ['two in lines', 'Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: SPDY/3.1\r\n'],
    ['the same twice', 'Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: websocket\r\n'],
  ])('SEC-C04 to %s is refused', async (_, upgradeLines) => {
    const caller = await askForUpgrade(stack, { transport, path: execPath('c04'), upgradeLines });
    expect((await caller.answer()).status).toBe(400);
    expect(stack.upstream.requests).toEqual([]);
    caller.socket.destroy();
  });

  it('SEC-C04 outside the streaming subresources is refused', async () => {
    for (const path of [
      '/api/v1/namespaces/default/pods/web',
      '/version',
      '/api/v1/namespaces/default/pods/web/status',
    ]) {
      const caller = await askForUpgrade(stack, { transport, path });
      expect([path, (await caller.answer()).status]).toEqual([path, 400]);
      caller.socket.destroy();
    }
    expect(stack.upstream.requests).toEqual([]);
  });

  it('SEC-C06 offers upstream the subprotocols in the order of the caller, and answers with the one it took', async () => {
    const offered =
      transport === 'websocket'
        ? ['v4.channel.k8s.io', 'base64.channel.k8s.io', 'v5.channel.k8s.io']
        : ['v3.channel.k8s.io', 'v4.channel.k8s.io'];
    for (const taken of [...offered, undefined]) {
      stack.upstream.reset();
      stack.upstream.answer = (call) => void call.raw(switchingHead(call, taken));
      const caller = await askForUpgrade(stack, {
        transport,
        path: execPath('c06'),
        subprotocols: taken === undefined ? [] : offered,
      });
      const answer = await caller.answer();
      expect(answer.status).toBe(101);
      const name = transport === 'websocket' ? 'sec-websocket-protocol' : 'x-stream-protocol-version';
      expect(headerValues(answer.rawHeaders, name)).toEqual(taken === undefined ? [] : [taken]);
      const sent = headerValues(stack.upstream.requests[0]?.rawHeaders ?? [], name);
      expect(sent.join(', ')).toBe(taken === undefined ? '' : offered.join(', '));
      caller.socket.destroy();
      await idle();
    }
  });

  it.each(['right after the 101', 'in the middle of a frame'])(
    'SEC-C10 is over and audited when the caller vanishes %s',
    async (when) => {
      const pod = `c10-${transport === 'websocket' ? 'ws' : 'spdy'}-${when.length}`;
      const { caller, request } = await openPipe(transport, execPath(pod));
      if (when !== 'right after the 101') {
        // A header that promises more than comes.
        caller.write(
          transport === 'websocket'
            ? Buffer.from([0x82, 0xfe, 0xff, 0xff, 1, 2, 3, 4, 0, 9])
            : Buffer.from([0, 0, 0, 1, 0, 0, 9, 9, 1]),
        );
        await awaitCondition(() => request.body().length > 0, { what: 'the bytes arrive', everyMs: 2 });
      }
      caller.reset();
      const event = await stack.audited(
        ({ code, request: audited }) =>
          code === 'proxy.request.completed' && audited?.attributes?.path.includes(pod) === true,
      );
      expect(event.outcome).toMatchObject({ status: 101, ended: 'cancelled' });
      await upstreamIdle();
      await idle();
    },
  );

  it('SEC-C16 carries half-closes both ways, and every byte before and after them', async () => {
    stack.upstream.keepsHalfOpen = true;
    const { caller, pipe, request, received } = await openPipe(transport, execPath('c16'));
    const there = randomBytes(300_000);
    const back = randomBytes(300_000);
    caller.socket.end(there);
    await new Promise((resolve) => pipe.once('end', resolve));
    expect(request.body().equals(there)).toBe(true);
    pipe.end(back);
    await caller.closed;
    expect(received().equals(back)).toBe(true);
    await idle();
  });
});

describe('a session over WebSocket', () => {
  it('SEC-C16 hands on the CLOSE of version 5 and every exit code as they are', async () => {
    for (const exitCode of [0, 1, 2, 42, 126, 127, 130, 137, 255]) {
      const { caller, pipe, request, received } = await openPipe('websocket', execPath(`exit-${exitCode}`));
      const closeStdin = Buffer.from(encodeWebSocketFrame('binary', Buffer.from([255, 0]), { mask: randomBytes(4) }));
      caller.write(closeStdin);
      await awaitCondition(() => request.body().equals(closeStdin), { what: 'the CLOSE arrives', everyMs: 2 });
      const last = Buffer.concat([
        encodeWebSocketFrame('binary', encodeChannelMessage(3, Buffer.from(JSON.stringify(exitCodeStatus(exitCode))))),
        encodeWebSocketFrame('close', Buffer.from([3, 232])),
      ]);
      pipe.end(last);
      await caller.closed;
      expect(received().equals(last)).toBe(true);
      const [message] = createWebSocketMessageDecoder().push(received());
      expect(parseExitStatus(message?.payload.subarray(1) ?? new Uint8Array())).toMatchObject(
        exitCode === 0 ? { kind: 'success' } : { kind: 'exitCode', exitCode },
      );
    }
    await idle();
  });

  it('SEC-C16 carries 100 MB of stderr byte for byte', async () => {
    const { caller, pipe } = await openPipe('websocket', execPath('stderr'));
    const frame = Buffer.from(encodeWebSocketFrame('binary', encodeChannelMessage(2, randomBytes(1_000_000))));
    const sent = createHash('sha256');
    const seen = createHash('sha256');
    let bytes = 0;
    caller.socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      seen.update(chunk);
    });
    for (let i = 0; i < 100; i++) {
      sent.update(frame);
      if (!pipe.write(frame)) await new Promise((resolve) => pipe.once('drain', resolve));
    }
    pipe.end();
    await caller.closed;
    expect(bytes).toBe(frame.length * 100);
    expect(seen.digest('hex')).toBe(sent.digest('hex'));
  }, 60_000);

  it('SEC-C05 on a list is refused, and on a watch is decided and audited as the watch', async () => {
    const list = await askForUpgrade(stack, { transport: 'websocket', path: '/api/v1/namespaces/c05/pods' });
    expect((await list.answer()).status).toBe(400);
    list.socket.destroy();
    expect(stack.upstream.requests).toEqual([]);
    const { caller } = await openPipe('websocket', '/api/v1/namespaces/c05/pods?watch=true', []);
    const started = await stack.audited(
      ({ code, request }) =>
        code === 'proxy.request.started' && request?.attributes?.path === '/api/v1/namespaces/c05/pods',
    );
    expect(started.request?.attributes?.verb).toBe('watch');
    caller.socket.destroy();
    await idle();
  });
});

it('SEC-C04 extended CONNECT does not exist', async () => {
  const head = [
    ...[
      ':method',
      'CONNECT',
      ':protocol',
      'websocket',
      ':scheme',
      'https',
      ':authority',
      'x',
      ':path',
      PREFIX + execPath('c04'),
    ],
    ...['authorization', `Bearer ${await stack.token()}`, 'sec-websocket-version', '13'],
  ];
  const outcome = await sendRawHead(stack.target, head);
  expect(outcome.errorCode).toBeGreaterThan(0);
  expect(stack.upstream.requests).toEqual([]);
});

describe('redirects', () => {
  let evil: { readonly port: number; connections: number; close(): void };
  beforeAll(async () => {
    const server = createTcpServer((socket) => {
      evil.connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    evil = { port: (server.address() as AddressInfo).port, connections: 0, close: () => void server.close() };
  });
  afterAll(() => evil.close());

  for (const status of [301, 302, 303, 307, 308]) {
    it(`SEC-C03 SEC-D18 with ${status} to another host are neither followed nor handed on`, async () => {
      const locations = [
        `https://127.0.0.1:${evil.port}/steal`,
        `http://127.0.0.1:${evil.port}/steal`,
        `//127.0.0.1:${evil.port}/steal`,
      ];
      for (const location of locations) {
        for (const path of [
          '/api/v1/pods',
          '/apis/metrics.k8s.io/v1beta1/nodes',
          '/api/v1/namespaces/default/services/web/proxy/',
        ]) {
          stack.upstream.answer = (call) => call.respond(status, ['Location', location], 'go there');
          for (const protocol of PROTOCOLS) {
            const answer = await stack.call(protocol, { path });
            expect([path, answer.status]).toEqual([path, 502]);
            expect(
              headerValues(
                answer.rawHeaders.map((one, i) => (i % 2 === 0 ? one.toLowerCase() : one)),
                'location',
              ),
            ).toEqual([]);
          }
        }
        for (const transport of TRANSPORTS) {
          const caller = await askForUpgrade(stack, { transport, path: execPath('c03') });
          expect((await caller.answer()).status).toBe(502);
          caller.socket.destroy();
        }
      }
      expect(evil.connections).toBe(0);
    });
  }
});

/** A stream of each kind, open, with what ends it. */
interface OpenStream {
  readonly name: string;
  /** Resolves with all that came, once the stream is over. */
  readonly over: Promise<string>;
}

describe('a stream whose basis ends', () => {
  async function openOfEachKind(token: string): Promise<OpenStream[]> {
    const streams: OpenStream[] = [];
    stack.upstream.answer = (call) =>
      call
        .open(200, ['Content-Type', call.request.target.includes('watch') ? 'application/json' : 'text/plain'])
        .write(call.request.target.includes('watch') ? '{"type":"ADDED","object":{}}\n' : 'a line\n');
    for (const path of ['/api/v1/pods?watch=true', '/api/v1/namespaces/default/pods/web/log?follow=true']) {
      const caller = await stack.connect();
      caller.write(`GET ${PREFIX}${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
      await caller.until('the first line', (bytes) => bytes.includes('\n', bytes.indexOf('\r\n\r\n') + 8));
      streams.push({
        name: `h1 ${path}`,
        over: caller.answer().then(({ body, isComplete }) => `${isComplete ? 'end' : 'cut'} ${body}`),
      });
      const session = await stack.session();
      const stream = session.request({ ':path': PREFIX + path, authorization: `Bearer ${token}` });
      const answer = answerOf(stream);
      await new Promise((resolve) => stream.once('data', resolve));
      streams.push({
        name: `h2 ${path}`,
        over: answer.then(({ body, resetCode }) => `${resetCode === 0 ? 'end' : 'cut'} ${body}`),
      });
    }
    const webSocket = await openPipe('websocket', execPath('c12'), ['v5.channel.k8s.io'], token);
    streams.push({
      name: 'exec by WebSocket',
      over: webSocket.caller.closed.then(() =>
        createWebSocketMessageDecoder()
          .push(webSocket.received())
          .map(({ type, payload }) => `${type} ${payload[0]} ${Buffer.from(payload.subarray(1)).toString()}`)
          .join('\n'),
      ),
    });
    const spdy = await openPipe('SPDY/3.1', execPath('c12'), ['v4.channel.k8s.io'], token);
    const blocks = createHeaderBlockEncoder();
    spdy.caller.write(
      Buffer.from(
        encodeSpdyFrame(
          {
            type: 'synStream',
            streamId: 1,
            fin: false,
            unidirectional: false,
            priority: 0,
            headers: [['streamtype', 'error']],
          },
          blocks,
        ),
      ),
    );
    await awaitCondition(() => spdy.request.body().length > 0, { what: 'the error stream is announced', everyMs: 2 });
    streams.push({
      name: 'exec by SPDY',
      over: spdy.caller.closed.then(() =>
        createSpdyDecoder()
          .push(spdy.received())
          .map((frame) =>
            frame.type === 'data' ? `data ${frame.streamId} ${Buffer.from(frame.payload).toString()}` : frame.type,
          )
          .join('\n'),
      ),
    });
    const forward = await openPipe(
      'websocket',
      '/api/v1/namespaces/default/pods/web/portforward?ports=80',
      ['SPDY/3.1+portforward.k8s.io'],
      token,
    );
    streams.push({ name: 'port-forward', over: forward.caller.closed.then(() => 'closed') });
    return streams;
  }

  async function expectEnded(streams: readonly OpenStream[], end: () => Promise<unknown>): Promise<void> {
    const open = stack.upstream.requests.filter(({ isOver }) => !isOver);
    expect(open).toHaveLength(7);
    const began = performance.now();
    await end();
    const all = Promise.all(streams.map(async ({ name, over }) => [name, await over] as const));
    await awaitCondition(() => open.every(({ isOver }) => isOver), {
      what: 'the upstream is let go',
      timeoutMs: 2_000,
      everyMs: 5,
    });
    expect(performance.now() - began).toBeLessThan(2_000);
    for (const [name, text] of await all) {
      if (name.includes('watch')) expect(text).toMatch(/^end .*\n\{"type":"ERROR",.*ERR_PROXY_ACCESS_ENDED/s);
      else if (name.includes('log')) expect(text).toMatch(/^cut a line\n\n.*access has (ended|changed)/s);
      else if (name === 'exec by WebSocket')
        expect(text).toMatch(/^binary 3 .*"Failure".*ERR_PROXY_ACCESS_ENDED.*\nclose/);
      else if (name === 'exec by SPDY') expect(text).toMatch(/data 1 .*ERR_PROXY_ACCESS_ENDED/);
    }
    await idle();
    const ends = (await stack.auditEvents(7)).filter(({ code }) => code === 'proxy.request.completed');
    for (const event of ends)
      expect(event.outcome).toMatchObject({ ended: 'accessEnded', errorCode: 'ERR_PROXY_ACCESS_ENDED' });
  }

  const newToken = async () => {
    const person = await stack.newPerson('developer');
    return {
      person,
      token: (await person.api.mintKubeCredential({ organization: ORGANIZATION, name: CLUSTER })).token,
    };
  };

  it('SEC-C12 SEC-E19 is over at once when the login session ends', async () => {
    const { person, token } = await newToken();
    await expectEnded(await openOfEachKind(token), () => person.api.logOut());
    expect((await stack.call('h2', { token })).status).toBe(401);
  });

  it('SEC-C12 is over at once when the binding is removed, or its role means something else', async () => {
    const { records } = await stack.store.changes.read();
    const role = records.roles?.find(({ name }) => name === 'developer');
    const binding = records.bindings?.find(({ roleId }) => roleId === role?.id);
    if (role === undefined || binding === undefined) throw new Error('the developer is bound');
    const { token } = await newToken();
    const first = await openOfEachKind(token);
    await expectEnded(first, () => stack.change((tx) => tx.remove('Binding', binding.id)));
    expect((await stack.call('h2', { token })).status).toBe(403);
    await stack.change((tx) => tx.put('Binding', { ...binding, id: createId('binding') }));
    stack.upstream.reset();
    const second = await openOfEachKind(token);
    await expectEnded(second, () =>
      stack.change((tx) => tx.put('Role', { ...role, ceilingGroups: ['sallyport:view'] })),
    );
    await stack.change((tx) => tx.put('Role', role));
  });
});

describe('many quiet streams', () => {
  it.each(PROTOCOLS)('SEC-C17 delivers each event of a watch before the next is sent, over %s', async (protocol) => {
    const bodies: UpstreamBody[] = [];
    stack.upstream.answer = (call: UpstreamCall) =>
      void bodies.push(call.open(200, ['Content-Type', 'application/json']));
    let seen = '';
    let close: () => void;
    const path = `${PREFIX}/api/v1/pods?watch=1`;
    if (protocol === 'h2') {
      const stream: ClientHttp2Stream = (await stack.session()).request({
        ':path': path,
        authorization: `Bearer ${await stack.token()}`,
      });
      stream.on('data', (chunk: Buffer) => {
        seen += chunk.toString();
      });
      stream.on('error', () => {});
      close = () => stream.close();
    } else {
      const caller = await stack.connect();
      caller.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${await stack.token()}\r\n\r\n`);
      caller.socket.on('data', (chunk: Buffer) => {
        seen += chunk.toString();
      });
      close = () => caller.socket.destroy();
    }
    const body = await awaitCondition(() => bodies[0], { what: 'the watch is open', everyMs: 2 });
    const delays: number[] = [];
    for (let i = 0; i < 20; i++) {
      const began = performance.now();
      body.write(`{"event":${i}}\n`);
      await awaitCondition(() => seen.includes(`{"event":${i}}\n`), {
        what: `event ${i} arrives`,
        timeoutMs: 2_000,
        everyMs: 1,
      });
      delays.push(performance.now() - began);
    }
    // The median, so that a busy machine does not count as a stream that holds events back.
    expect(delays.sort((a, b) => a - b)[10]).toBeLessThan(100);
    close();
    await idle();
  });

  it('SEC-C18 1,000 watches of callers who vanish in four ways are all cancelled, and nothing is left', async () => {
    stack.upstream.answer = (call) => call.open(200, ['Content-Type', 'application/json']).write('{}\n');
    const token = await stack.token();
    const head = (i: number) =>
      `GET ${PREFIX}/api/v1/namespaces/n${i}/pods?watch=true HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    const openStreams = (session: ClientHttp2Session, count: number) =>
      Array.from({ length: count }, (_, i) => {
        const stream = session.request({
          ':path': `${PREFIX}/api/v1/namespaces/m${i}/pods?watch=true`,
          authorization: `Bearer ${token}`,
        });
        stream.on('error', () => {});
        stream.resume();
        return stream;
      });
    const connectionsBefore = stack.upstream.openCount;
    const byStream = openStreams(await stack.session(), 400);
    const brokenSession = await stack.session();
    openStreams(brokenSession, 400);
    const byFin: RawConnection[] = [];
    const byReset: RawConnection[] = [];
    for (let i = 0; i < 100; i++) {
      byFin.push(await stack.connect());
      byReset.push(await stack.connect());
    }
    for (const [i, caller] of [...byFin, ...byReset].entries()) caller.write(head(i));
    await awaitCondition(() => stack.upstream.requests.length === 1_000 && stack.server.proxy.activeCount === 1_000, {
      what: '1,000 watches are open',
    });
    for (const stream of byStream) stream.close(8);
    brokenSession.destroy();
    for (const caller of byFin) caller.socket.end();
    for (const caller of byReset) caller.reset();
    await upstreamIdle();
    await idle();
    expect(stack.upstream.openCount).toBeLessThanOrEqual(connectionsBefore + 35);
  }, 60_000);
});
