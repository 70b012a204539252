import { connect, createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { http2Sink } from './http2-sink.ts';

it('SEC-D23 resets a stream that breaks off, also when all of its bytes are out, so that it does not look complete', async () => {
  const server = createServer();
  server.on('stream', (stream: ServerHttp2Stream) => {
    const sink = http2Sink(stream);
    sink.onGone(() => {});
    sink.head(200, ['Content-Type', 'text/plain']);
    sink.write(Buffer.from('half of it'), () => sink.abort());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const stream = session.request({ ':path': '/' });
  let body = '';
  let hasEnded = false;
  stream.on('data', (chunk: Buffer) => {
    body += chunk.toString();
  });
  stream.on('end', () => {
    hasEnded = true;
  });
  stream.on('error', () => {});
  await new Promise((resolve) => stream.on('close', resolve));
  expect({ body, hasEnded, code: stream.rstCode }).toEqual({ body: 'half of it', hasEnded: false, code: 2 });
  session.close();
  server.close();
});

it('SEC-F02 answers HEAD without the body, whatever is written, and outlives a caller that resets at once', async () => {
  const server = createServer();
  const taken: string[] = [];
  server.on('stream', (stream: ServerHttp2Stream, { ':path': path }) => {
    const sink = http2Sink(stream);
    const send = () => {
      sink.head(401, ['Content-Type', 'application/json']);
      sink.write(Buffer.from('{}'), () => taken.push(String(path)));
      sink.end([]);
    };
    // A refusal is sent without asking whether the caller is still there.
    if (path === '/reset') stream.on('aborted', send);
    else send();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const reset = session.request({ ':path': '/reset', ':method': 'POST' }, { endStream: false });
  reset.on('error', () => {});
  reset.close(8);
  const stream = session.request({ ':path': '/', ':method': 'HEAD' });
  let status: number | undefined;
  stream.on('response', (headers) => {
    status = headers[':status'];
  });
  stream.resume();
  await new Promise((resolve) => stream.on('close', resolve));
  expect(status).toBe(401);
  await expect.poll(() => taken).toContain('/');
  session.close();
  await new Promise((resolve) => server.close(resolve));
});
