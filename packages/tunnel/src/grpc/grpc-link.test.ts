import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTunnel } from '../index.ts';
import {
  AGENT_URI,
  createTestPki,
  dialTestGateway,
  startTestGateway,
  type TestGateway,
} from '../testing/gateway-pair.ts';

const pki = createTestPki();
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway(pki);
});
afterAll(() => gateway.close());

describe('a gRPC link', () => {
  it('carries a tunnel, and tells the server who is at the other end', async () => {
    const connection = await dialTestGateway(pki, gateway);
    const { link, peer } = await gateway.nextLink();
    expect(peer).toMatchObject({ address: '127.0.0.1', certificate: { sanUris: [AGENT_URI] } });
    const server = createTunnel(link, { role: 'server', hello: Buffer.from('server') });
    const agent = createTunnel(connection.link, {
      role: 'agent',
      hello: Buffer.from('agent'),
      onStream(header, stream) {
        stream.sendHead(header);
        return { onData: (chunk) => stream.write(chunk), onEnd: () => stream.end(), onReset() {} };
      },
    });
    expect(Buffer.from(await server.peerHello).toString()).toBe('agent');
    expect(Buffer.from(await agent.peerHello).toString()).toBe('server');
    const echoed = await new Promise<string>((resolve, reject) => {
      let text = '';
      const stream = server.open(Buffer.from('head '), {
        onHead(payload) {
          text += Buffer.from(payload).toString();
        },
        onData(chunk) {
          text += Buffer.from(chunk).toString();
          stream.consumed(chunk.byteLength);
        },
        onEnd: () => resolve(text),
        onReset: reject,
      });
      stream.write(Buffer.from('body'));
      stream.end();
    });
    expect(echoed).toBe('head body');
    await agent.drain();
    expect(await server.closed).toBeUndefined();
  });
});
