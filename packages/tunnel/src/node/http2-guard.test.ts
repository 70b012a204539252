import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  createServer as createHttp2Server,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttp2Guard, type Http2Flood, type Http2Guard, type Http2PeerLimits } from './http2-guard.ts';

/** How often the guard looks, in milliseconds. */
const LOOK_MS = 250;
const MIB = 1024 * 1024;

let clock: FakeClock;
let guard: Http2Guard;
let floods: Http2Flood[];
let close: () => Promise<void>;
let client: ClientHttp2Session;
/** Resolves once the server's end of the connection is closed. */
let cut: Promise<unknown>;

/** A guarded server and a client of it. Each request is handed to `serve`. */
async function start(serve: (stream: ServerHttp2Stream) => void, limits: Partial<Http2PeerLimits> = {}) {
  guard = createHttp2Guard({ clock, limits, onFlood: (flood) => floods.push(flood) });
  const http2 = createHttp2Server({ settings: { initialWindowSize: 4 * MIB } });
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    cut = once(socket, 'close');
    http2.once('session', (session) => guard.watch(session, socket));
    http2.emit('connection', socket);
  });
  http2.on('stream', (stream) => {
    stream.on('error', () => {});
    serve(stream);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  client = connect(`http://127.0.0.1:${(listener.address() as AddressInfo).port}`, {
    settings: { initialWindowSize: 65_535 },
  });
  client.on('error', () => {});
  await once(client, 'connect');
  close = async () => {
    client.destroy();
    guard.close();
    for (const socket of sockets) socket.destroy();
    listener.close();
    await once(listener, 'close');
  };
}

beforeEach(() => {
  clock = createFakeClock();
  floods = [];
});
afterEach(() => close());

/** A request that takes its answer in. */
async function ask(body?: Buffer): Promise<number> {
  const stream = client.request({ ':method': body ? 'POST' : 'GET' }, { endStream: body === undefined });
  if (body) stream.end(body);
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await once(stream, 'close');
  expect(stream.rstCode).toBe(0);
  return bytes;
}

describe('a connection', () => {
  it('carries large bodies both ways, thousands of requests and long heads, and is no flood', async () => {
    const limits = { overheadBurstBytes: 4_096, overheadBytesPerSecond: 1 };
    await start((stream) => {
      stream.resume();
      stream.on('end', () => {
        stream.respond();
        stream.end(Buffer.alloc(MIB));
      });
    }, limits);
    for (let i = 0; i < 3; i++) {
      expect(await ask(Buffer.alloc(4 * MIB))).toBe(MIB);
      clock.advance(LOOK_MS);
    }
    for (let i = 0; i < 200; i++) await ask();
    const stream = client.request({ 'x-long': 'x'.repeat(16_000) });
    stream.resume();
    await once(stream, 'close');
    clock.advance(LOOK_MS);
    expect(floods).toEqual([]);
    expect(client.closed).toBe(false);
  }, 20_000);

  it('SEC-F01 is closed for bytes that no request came of, above the burst, and not below', async () => {
    await start(() => {}, { overheadBurstBytes: 10_000, overheadBytesPerSecond: 1_000 });
    const ping = () => new Promise<void>((resolve) => client.ping(() => resolve()));
    for (let i = 0; i < 500; i++) await ping();
    clock.advance(LOOK_MS);
    expect(floods).toEqual([]);
    for (let i = 0; i < 400; i++) await ping();
    clock.advance(LOOK_MS);
    await cut;
    expect(floods).toEqual(['overhead']);
  });

  it('SEC-F01 is closed after too many resets, by either side, and goes on after as many in more time', async () => {
    let ended: () => void;
    await start(
      (stream) => {
        stream.close(2);
        stream.on('close', () => ended());
      },
      { resetBurst: 20, resetsPerSecond: 10 },
    );
    const reset = () =>
      new Promise<void>((resolve) => {
        ended = resolve;
        client.request({}).on('error', () => {});
      });
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 20; i++) await reset();
      clock.advance(2_000);
    }
    expect(floods).toEqual([]);
    for (let i = 0; i < 21; i++) await reset();
    await cut;
    expect(floods).toEqual(['resets']);
  });

  it('SEC-F01 is closed when its peer opens no window for the answers of many requests, and not for a few', async () => {
    const stalled = new Set<ServerHttp2Stream>();
    await start(
      (stream) => {
        stream.respond();
        const write = () => stream.write(Buffer.alloc(256 * 1024), () => stream.destroyed || write());
        write();
        stalled.add(stream);
      },
      { maxStalledStreams: 2, stallMs: 60_000 },
    );
    const open = async (count: number) => {
      const before = stalled.size;
      for (let i = 0; i < count; i++) {
        const stream = client.request({});
        stream.on('error', () => {});
        // Nothing is read: the windows of these streams stay shut.
        stream.pause();
        await once(stream, 'response');
      }
      expect(stalled.size).toBe(before + count);
    };
    await open(2);
    for (let i = 0; i < 300; i++) clock.advance(LOOK_MS);
    expect(floods).toEqual([]);
    await open(1);
    for (let i = 0; i < 300; i++) clock.advance(LOOK_MS);
    await cut;
    expect(floods).toEqual(['stalled']);
  });
});
