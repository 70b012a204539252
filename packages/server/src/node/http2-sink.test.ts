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
