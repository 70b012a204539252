import { afterEach, describe, expect, it } from 'vitest';
import { createTunnel, type Tunnel, type TunnelError } from '../index.ts';
import { createMemoryLinkPair } from '../memory/index.ts';
import {
  type AcceptExchange,
  createExchangeServer,
  openExchange,
  type RequestHead,
  type ResponseHead,
} from './index.ts';

const open: Tunnel[] = [];
afterEach(() => {
  for (const tunnel of open.splice(0)) tunnel.close();
});

function tunnels(accept: AcceptExchange): Tunnel {
  const [left, right] = createMemoryLinkPair();
  const server = createTunnel(left, { role: 'server' });
  open.push(server, createTunnel(right, { role: 'agent', onStream: createExchangeServer(accept) }));
  return server;
}

function aRequest(overrides: Partial<RequestHead> = {}): RequestHead {
  return {
    method: 'GET',
    target: '/api/v1/pods?limit=500',
    headers: ['accept', 'application/json', 'x-repeated', 'a', 'x-repeated', 'b'],
    upgrade: false,
    capability: 'signed',
    decisionId: 'dec_1',
    ...overrides,
  };
}

interface Answer {
  readonly head: ResponseHead | undefined;
  readonly body: string;
  readonly trailers: readonly string[] | undefined;
  readonly error: TunnelError | undefined;
}

function request(tunnel: Tunnel, head: RequestHead, body = ''): Promise<Answer> {
  return new Promise((resolve) => {
    let answer: ResponseHead | undefined;
    let text = '';
    const exchange = openExchange(tunnel, head, {
      onHead: (response) => {
        answer = response;
      },
      onData(chunk) {
        text += Buffer.from(chunk).toString();
        exchange.consumed(chunk.byteLength);
      },
      onEnd: (trailers) => resolve({ head: answer, body: text, trailers, error: undefined }),
      onReset: (error) => resolve({ head: answer, body: text, trailers: undefined, error }),
    });
    if (body !== '') exchange.write(Buffer.from(body));
    exchange.end();
  });
}

describe('an HTTP exchange', () => {
  it('carries head, body and trailers both ways, byte for byte and in order', async () => {
    let seen: RequestHead | undefined;
    const tunnel = tunnels((head, exchange) => {
      seen = head;
      return {
        onData(chunk) {
          exchange.consumed(chunk.byteLength);
          exchange.respond({ status: 201, headers: ['content-type', 'text/plain', 'x-bytes', '\xe4\xff'] });
          exchange.write(chunk);
        },
        onEnd: () => exchange.end(['x-checksum', '1']),
        onReset: () => {},
        onRenew: () => {},
      };
    });
    expect(await request(tunnel, aRequest({ method: 'POST', upgrade: true }), 'hello')).toEqual({
      head: { status: 201, headers: ['content-type', 'text/plain', 'x-bytes', '\xe4\xff'] },
      body: 'hello',
      trailers: ['x-checksum', '1'],
      error: undefined,
    });
    expect(seen).toEqual(aRequest({ method: 'POST', upgrade: true }));
    expect(tunnel.streamCount).toBe(0);
  });

  it('renews the capability of an open exchange', async () => {
    const tunnel = tunnels((_head, exchange) => ({
      onData() {},
      onEnd() {},
      onReset() {},
      onRenew(capability) {
        exchange.respond({ status: 200, headers: ['x-capability', capability] });
        exchange.end();
      },
    }));
    const head = await new Promise<ResponseHead>((resolve, reject) => {
      const exchange = openExchange(tunnel, aRequest(), { onHead: resolve, onData() {}, onEnd() {}, onReset: reject });
      exchange.renew('newer');
      exchange.end();
    });
    expect(head).toEqual({ status: 200, headers: ['x-capability', 'newer'] });
  });

  it('resets with headTooLarge when the response head is above the limit', async () => {
    let thrown: unknown;
    const tunnel = tunnels((_head, exchange) => {
      try {
        exchange.respond({ status: 200, headers: ['x-large', 'x'.repeat(600 * 1024)] });
      } catch (error) {
        thrown = error;
      }
      return { onData() {}, onEnd() {}, onReset() {}, onRenew() {} };
    });
    const { error } = await request(tunnel, aRequest());
    expect(error).toMatchObject({ code: 'ERR_TUNNEL_STREAM_RESET', resetCode: 'headTooLarge' });
    expect(thrown).toMatchObject({ code: 'ERR_TUNNEL_FRAME_TOO_LARGE' });
  });

  it('refuses a request head above the limit before anything is sent', () => {
    const tunnel = tunnels(() => ({ onData() {}, onEnd() {}, onReset() {}, onRenew() {} }));
    const head = aRequest({ headers: ['x-large', 'x'.repeat(600 * 1024)] });
    expect(() => openExchange(tunnel, head, { onHead() {}, onData() {}, onEnd() {}, onReset() {} })).toThrow(
      expect.objectContaining({ code: 'ERR_TUNNEL_FRAME_TOO_LARGE' }),
    );
    expect(tunnel.streamCount).toBe(0);
  });

  it('carries 500 groups', async () => {
    const headers = Array.from({ length: 500 }, (_, i) => ['impersonate-group', `group-${i}`]).flat();
    const tunnel = tunnels((head, exchange) => {
      exchange.respond({ status: 200, headers: head.headers });
      exchange.end();
      return { onData() {}, onEnd() {}, onReset() {}, onRenew() {} };
    });
    expect((await request(tunnel, aRequest({ headers }))).head?.headers).toEqual(headers);
  });
});
