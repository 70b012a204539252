import { once } from 'node:events';
import { type ClientHttp2Session, connect, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHttp1Hop } from './express-hop.ts';
import { readHttp2Head } from './http2-sink.ts';

const hop = createHttp1Hop((request, response) => {
  response.setHeader('X-Seen', Object.keys(request.headers).sort().join());
  request.pipe(response);
});
let server: Http2Server;
let session: ClientHttp2Session;
let target: string | undefined;
let authority: string | undefined;

beforeAll(async () => {
  server = createServer();
  server.on('stream', (stream: ServerHttp2Stream, _headers: unknown, flags: number, rawHeaders: string[]) => {
    stream.on('error', () => {});
    const head = readHttp2Head(rawHeaders);
    const hasBody = (flags & 1) === 0;
    hop.handle(stream, {
      ...head,
      target: target ?? head.path,
      authority: authority ?? head.authority,
      hasBody,
      peerAddress: '127.0.0.1',
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterAll(() => {
  session.close();
  server.close();
  hop.close();
});

async function ask(headers: Record<string, string>, body?: string) {
  const stream = session.request({ ':path': '/', ...headers }, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const [answer] = (await once(stream, 'response')) as [Record<string, unknown>];
  await once(stream, 'close');
  return { status: answer[':status'], seen: answer['x-seen'], text };
}

it('carries a request and its body', async () => {
  expect(await ask({ ':method': 'POST', 'x-a': '1' }, 'hello')).toMatchObject({ status: 200, text: 'hello' });
});

it('SEC-F02 a request that announces trailers is carried without the announcement', async () => {
  expect(await ask({ trailer: 'x-checksum' })).toEqual({ status: 200, seen: 'connection,host', text: '' });
  expect(await ask({ ':method': 'POST', trailer: 'x-checksum', 'content-length': '5' }, 'hello')).toMatchObject({
    status: 200,
    seen: 'connection,content-length,host',
  });
});

it('SEC-F02 a request that HTTP/1.1 cannot say is refused, and the next one is served', async () => {
  target = '/a b';
  expect(await ask({})).toMatchObject({ status: 400 });
  target = '/\u{1f600}';
  expect(await ask({ ':method': 'POST' }, 'hello')).toMatchObject({ status: 400 });
  target = undefined;
  authority = 'a\u0001b';
  expect(await ask({})).toMatchObject({ status: 400 });
  authority = undefined;
  expect(await ask({})).toMatchObject({ status: 200 });
});

it('answers whole when the application has all it wants before the end of the body', async () => {
  const stream = session.request({ ':path': '/', ':method': 'POST', 'content-length': '5' }, { endStream: false });
  stream.write('hello');
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(stream, 'end');
  stream.end();
  await once(stream, 'close');
  expect({ text, code: stream.rstCode }).toEqual({ text: 'hello', code: 0 });
});
