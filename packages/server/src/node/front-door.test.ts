import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { text as readText } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { createTestCertificateAuthority } from '@sallyport/core/testing';
import { afterEach, expect, it } from 'vitest';
import type { AccessProxy } from '../access-proxy.ts';
import type { ProxyRequest, ResponseSink } from '../proxy/request.ts';
import { createFrontDoor, type FrontDoor } from './front-door.ts';
import { bindListener, type Listener } from './listener.ts';

let listener: Listener;
let front: FrontDoor;
let client: ClientHttp2Session;
let caPem: string;
afterEach(async () => {
  client?.destroy();
  await front?.close();
  await listener?.close();
});

/** A front door before a proxy that answers at once, and a client of it. */
async function start(options: { readonly headTimeoutMs?: number } = {}) {
  const served: string[] = [];
  const handle = async (request: ProxyRequest, sink: ResponseSink) => {
    served.push(request.target);
    sink.head(200, ['content-length', '0']);
    sink.end([]);
  };
  const ca = createTestCertificateAuthority('front');
  const { certificatePem, keyPem } = ca.issueServer(['localhost']);
  listener = await bindListener({ host: '127.0.0.1', port: 0 });
  front = createFrontDoor({
    listener,
    proxy: { handle } as unknown as AccessProxy,
    application: (_request, response) => response.end(),
    tls: { certPem: certificatePem, keyPem },
    raw: new Map(),
    ...options,
  });
  caPem = ca.certificatePem;
  client = connect(`https://localhost:${listener.port}`, { ca: ca.certificatePem });
  client.on('error', () => {});
  await once(client, 'connect');
  return served;
}

it.each([
  ['a request', ''],
  ['a switch of protocols', 'Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n'],
])('SEC-F03 the head of %s above 512 KiB is refused while it comes, and the connection is closed', async (_, lines) => {
  const served = await start();
  const socket = connectTls({ port: listener.port, host: '127.0.0.1', servername: 'localhost', ca: caPem });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  const answer = readText(socket).catch(() => '');
  socket.write(`GET /k/a/b/api HTTP/1.1\r\nHost: localhost\r\n${lines}`);
  // It never ends: what is refused at the limit is refused before the rest is there.
  const line = `X-Long: ${'x'.repeat(8_000)}\r\n`;
  while (!socket.destroyed && socket.bytesWritten < 4 * 1_048_576) {
    await new Promise((resolve) => socket.write(line, resolve));
  }
  expect(socket.bytesWritten).toBeLessThan(4 * 1_048_576);
  expect(await answer).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
  expect(served).toEqual([]);
});

it('SEC-F03 the head of a request above 512 KiB is refused over HTTP/2 as well, and the connection serves on or ends', async () => {
  const served = await start();
  const fields = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`x-long-${i}`, 'x'.repeat(8_000)]));
  const stream = client.request({ ':path': '/k/a/b/api', ...fields });
  stream.on('error', () => {});
  stream.resume();
  await new Promise((resolve) => stream.on('close', resolve));
  expect(served).toEqual([]);
});

it('SEC-D14 a head over HTTP/1.1 that does not come to its end is cut off, as is a connection without one', async () => {
  const served = await start({ headTimeoutMs: 400 });
  const open = async (begin: string) => {
    const socket = connectTls({ port: listener.port, host: '127.0.0.1', servername: 'localhost', ca: caPem });
    socket.on('error', () => {});
    await once(socket, 'secureConnect');
    socket.resume();
    if (begin !== '') socket.write(begin);
    return new Promise((resolve) => socket.on('close', resolve));
  };
  await Promise.all(['', 'GET /k/a/b/api HTTP/1.1\r\nHo'].map(open));
  expect(served).toEqual([]);
});
