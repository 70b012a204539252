import { once } from 'node:events';
import { Agent } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { createServer, type TLSSocket } from 'node:tls';
import { systemClock } from '@sallyport/core';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { createTestCa, type TestCa } from '../testing/test-ca.ts';
import { resolveEndpoint } from './endpoint.ts';
import { callHttp1 } from './http1-call.ts';

const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n';
/** Few enough to lie in the buffers of the kernel. */
const OUTPUT = Buffer.alloc(40_000, 'x');

let ca: TestCa;
const closers: (() => void)[] = [];
beforeAll(async () => {
  ca = await createTestCa();
});
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** One upgrade of a server that does `then` with its connection. */
async function upgrade(then: (socket: TLSSocket, raw: Socket) => void) {
  const { certificatePem, keyPem } = await ca.issue({ ipAddresses: ['127.0.0.1'] });
  const server = createServer({ cert: certificatePem, key: keyPem, allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => then(socket, raws.get(socket.remotePort) as Socket));
  });
  const raws = new Map<number | undefined, Socket>();
  server.on('connection', (raw: Socket) => raws.set(raw.remotePort, raw));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  const heard = { isAnswered: false, bytes: 0, ends: [] as string[] };
  const call = callHttp1(
    {
      method: 'POST',
      target: '/exec',
      lines: ['Connection', 'Upgrade', 'Upgrade', 'SPDY/3.1'],
      hasBody: false,
      isUpgrade: true,
    },
    {
      onHead() {
        heard.isAnswered = true;
        call.pause();
      },
      onData(chunk) {
        heard.bytes += chunk.length;
      },
      onEnd: () => heard.ends.push('end'),
      onError: ({ code }) => heard.ends.push(code),
    },
    {
      endpoint: resolveEndpoint({
        host: '127.0.0.1',
        port: (server.address() as AddressInfo).port,
        ca: [ca.certificatePem],
      }),
      pool: new Agent(),
      limits: { headTimeoutMs: 10_000 },
      clock: systemClock,
    },
  );
  closers.push(() => call.destroy());
  /** Writes until one who has gone has said so. */
  const writeMuch = async () => {
    for (let i = 0; i < 20; i += 1) {
      await new Promise<void>((taken) => call.write(Buffer.from('window update'), taken));
      await turn();
    }
  };
  return { call, heard, writeMuch };
}

it('hands on all that a peer sent before it closed, also when the caller writes on', async () => {
  let hasClosed = false;
  const { call, heard, writeMuch } = await upgrade((socket) => {
    socket.on('close', () => {
      hasClosed = true;
    });
    socket.write(SWITCH);
    socket.end(OUTPUT, () => socket.destroy());
  });
  await vi.waitFor(() => expect(hasClosed).toBe(true));
  await writeMuch();
  expect(heard.ends).toEqual([]);
  call.resume();
  await vi.waitFor(() => expect(heard.ends).toEqual(['end']));
  expect(heard.bytes).toBe(OUTPUT.length);
});

it('says nothing more of a connection that has ended when the caller writes on', async () => {
  let isOpen = true;
  const { call, heard, writeMuch } = await upgrade((socket) => {
    socket.on('close', () => {
      isOpen = false;
    });
    socket.write(SWITCH);
    socket.end(OUTPUT, () => socket.destroy());
  });
  await vi.waitFor(() => expect(heard.isAnswered).toBe(true));
  call.resume();
  await vi.waitFor(() => expect([isOpen, heard.ends]).toEqual([false, ['end']]));
  await writeMuch();
  expect(heard).toMatchObject({ bytes: OUTPUT.length, ends: ['end'] });
});

it('tells of a connection that was reset', async () => {
  const { call, heard, writeMuch } = await upgrade((socket, raw) => {
    socket.write(SWITCH);
    socket.write(OUTPUT, () => raw.resetAndDestroy());
  });
  await vi.waitFor(() => expect(heard.isAnswered).toBe(true));
  await writeMuch();
  call.resume();
  await vi.waitFor(() => expect(heard.ends).toEqual(['ERR_AGENT_UPSTREAM_RESET']));
});
