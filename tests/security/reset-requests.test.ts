import { once } from 'node:events';
import { connect } from 'node:tls';
import { createTestCertificateAuthority } from '@sallyport/core/testing';
import { expect, it } from 'vitest';
import type { AccessProxy } from '../../packages/server/src/access-proxy.ts';
import { createFrontDoor } from '../../packages/server/src/node/front-door.ts';
import { bindListener } from '../../packages/server/src/node/listener.ts';
import type { ProxyRequest, ResponseSink } from '../../packages/server/src/proxy/request.ts';
import { awaitCondition } from '../support/index.ts';
import { FLAG, FRAME, frame, literal } from './http2-client.ts';
import { uint32 } from './http2-floods.ts';

const COUNT = 300;

it('SEC-F01 of requests that are reset in the breath that sent them, few are begun, and the one behind them is', async () => {
  const served: string[] = [];
  const handle = async (request: ProxyRequest, sink: ResponseSink) => {
    served.push(request.target);
    sink.head(200, ['content-length', '0']);
    sink.end([]);
  };
  const ca = createTestCertificateAuthority('front');
  const { certificatePem, keyPem } = ca.issueServer(['localhost']);
  const listener = await bindListener({ host: '127.0.0.1', port: 0 });
  const front = createFrontDoor({
    listener,
    proxy: { handle } as unknown as AccessProxy,
    application: (_request, response) => void response.end(),
    tls: { certPem: certificatePem, keyPem },
    raw: new Map(),
  });
  const socket = connect({
    host: '127.0.0.1',
    port: listener.port,
    servername: 'localhost',
    ca: ca.certificatePem,
    ALPNProtocols: ['h2'],
  });
  try {
    await once(socket, 'secureConnect');
    socket.resume();
    const request = (stream: number, path: string) => {
      const fields = [':method', 'GET', ':scheme', 'https', ':authority', 'x', ':path', path];
      const block = fields.flatMap((name, i) => (i % 2 === 0 ? [literal(name, fields[i + 1] ?? '')] : []));
      return frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, stream, Buffer.concat(block));
    };
    const reset = (stream: number) => frame(FRAME.reset, 0, stream, uint32(8));
    // Records of TLS that the server reads a few at a time.
    const frames = Array.from({ length: COUNT }, (_, i) => [request(2 * i + 1, '/k/a/b/r'), reset(2 * i + 1)]).flat();
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(frame(FRAME.settings, 0, 0, Buffer.alloc(0)));
    socket.write(Buffer.concat([...frames, request(2 * COUNT + 1, '/k/a/b/kept')]));
    await awaitCondition(() => served.includes('/k/a/b/kept'), { what: 'the request that was kept is served' });
    expect(served.length).toBeLessThan(COUNT / 3);
  } finally {
    socket.destroy();
    await front.close();
    await listener.close();
  }
});
