import { once } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createExchangeServer, type Exchange, openExchange, type RequestHead } from '../http/index.ts';
import { createTunnel, createWindowBudget, type Tunnel } from '../index.ts';
import { createMemoryLinkPair } from '../memory/index.ts';
import { CompactQueue } from './compact-queue.ts';
import { createExchangeDuplex, deliverTo, type ExchangeDuplex, pumpReadable } from './index.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const HEAD: RequestHead = { method: 'POST', target: '/', headers: [], upgrade: false, capability: '', decisionId: '' };
const open: Tunnel[] = [];
afterEach(() => {
  for (const tunnel of open.splice(0)) tunnel.close();
});

function body(size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  for (let i = 0; i < size; i += 1) bytes[i] = (i * 7 + (i >>> 9)) & 0xff;
  return bytes;
}

/** A tunnel whose agent joins each exchange with the duplex that `serve` handles. */
function tunnelTo(serve: (served: ExchangeDuplex) => void) {
  const [left, right] = createMemoryLinkPair();
  const server = createTunnel(left, { role: 'server' });
  const resets: string[] = [];
  const agent = createTunnel(right, {
    role: 'agent',
    windowBudget: createWindowBudget(MIB),
    onStream: createExchangeServer((_head, exchange) => {
      exchange.respond({ status: 101, headers: [] });
      const served = createExchangeDuplex(exchange);
      served.duplex.on('error', () => {});
      serve(served);
      return {
        onData: (chunk) => served.onData(chunk),
        onEnd: () => served.onEnd(),
        onReset(error) {
          resets.push(error.resetCode ?? error.code);
          served.onReset(error);
        },
        onDrain: () => served.onDrain(),
        onRenew() {},
      };
    }),
  });
  open.push(server, agent);
  return { server, agent, resets };
}

/** Opens an exchange whose response goes to a writable, and whose request comes from a readable. */
function exchangeBetween(tunnel: Tunnel, source: Readable, target: Writable) {
  const over = new Promise<string>((resolve) => {
    const exchange: Exchange = openExchange(tunnel, HEAD, {
      onHead() {},
      onData: (chunk) => delivery.data(chunk),
      onEnd: () => delivery.end(),
      onReset(error) {
        pump.stop();
        delivery.stop();
        resolve(error.resetCode ?? error.code);
      },
      onDrain: () => pump.resume(),
    });
    const pump = pumpReadable(source, exchange, { onAborted: () => resolve('source aborted') });
    const delivery = deliverTo(target, exchange, { onAborted: () => resolve('target aborted') });
    target.on('finish', () => resolve('finished'));
  });
  return over;
}

/** Takes bytes only when it is told to. */
function slowWritable() {
  const taken: Buffer[] = [];
  let next: (() => void) | undefined;
  const target = new Writable({
    write(chunk: Buffer, _encoding, callback) {
      taken.push(Buffer.from(chunk));
      next = callback;
    },
  });
  return {
    target,
    taken,
    step() {
      const callback = next;
      next = undefined;
      callback?.();
      return callback !== undefined;
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the bridges to Node streams', () => {
  it('carry a body through pump, duplex echo and delivery byte for byte', async () => {
    const { server, agent } = tunnelTo(({ duplex }) => void duplex.pipe(duplex));
    for (const size of [0, 1, 32 * KIB + 1, 5 * MIB + 3]) {
      const want = body(size);
      const target = new PassThrough();
      const chunks: Buffer[] = [];
      target.on('data', (chunk: Buffer) => chunks.push(chunk));
      const source = Readable.from(size === 0 ? [] : [want.subarray(0, size >>> 1), want.subarray(size >>> 1)], {
        objectMode: false,
      });
      expect(await exchangeBetween(server, source, target)).toBe('finished');
      expect(Buffer.concat(chunks).equals(want)).toBe(true);
    }
    await server.ping();
    expect([server.streamCount, agent.streamCount]).toEqual([0, 0]);
  });

  it('give credit back only once the target took the bytes, and lose none of many small chunks', async () => {
    const want = body(300_000);
    const { server } = tunnelTo(({ duplex }) => {
      for (let at = 0; at < want.length; at += 100) duplex.write(want.subarray(at, at + 100));
      duplex.end();
    });
    const { target, taken, step } = slowWritable();
    const over = exchangeBetween(server, Readable.from([]), target);
    for (let i = 0; i < 50; i += 1) await turn();
    expect(target.writableLength).toBeGreaterThan(0);
    expect(target.writableLength).toBeLessThanOrEqual(256 * KIB);
    while (!target.writableFinished) {
      if (!step()) await turn();
    }
    expect(await over).toBe('finished');
    expect(Buffer.concat(taken).equals(want)).toBe(true);
    expect(taken.length).toBeLessThan(100);
  });

  it('SEC-D08 hand a slow target few writes, however many tiny chunks wait for it', async () => {
    let consumed = 0;
    const onConsumed = (bytes: number) => {
      consumed += bytes;
    };
    const { target, taken, step } = slowWritable();
    const exchange = { write: () => true, end() {}, reset() {}, consumed: onConsumed };
    const delivery = deliverTo(target, exchange);
    const want = body(10_000);
    for (let at = 0; at < want.length; at += 1) delivery.data(want.subarray(at, at + 1));
    delivery.end();
    expect(target.writableLength).toBe(2);
    expect(consumed).toBe(0);
    while (!target.writableFinished) {
      if (!step()) await turn();
    }
    expect(taken.map((chunk) => chunk.length)).toEqual([1, 1, 9_998]);
    expect(Buffer.concat(taken).equals(want)).toBe(true);
  });

  it('reset the exchange when the source breaks off, and when the target goes away', async () => {
    const { server, resets } = tunnelTo(() => {});
    const source = new PassThrough();
    const aborted = exchangeBetween(server, source, new PassThrough());
    source.write('half a body');
    await turn();
    source.destroy(new Error('connection reset'));
    expect(await aborted).toBe('source aborted');
    const target = new PassThrough();
    const gone = exchangeBetween(server, new PassThrough(), target);
    await turn();
    target.destroy();
    expect(await gone).toBe('target aborted');
    await server.ping();
    expect(resets).toEqual(['cancelled', 'cancelled']);
    expect(server.streamCount).toBe(0);
  });

  it('notice a source and a target that were over before they began', async () => {
    const { server } = tunnelTo(() => {});
    const destroyed = new PassThrough().destroy();
    expect(await exchangeBetween(server, destroyed, new PassThrough())).toBe('source aborted');
    expect(await exchangeBetween(server, new PassThrough(), new PassThrough().destroy())).toBe('target aborted');
  });

  it('stop reading the source while nobody takes its bytes', async () => {
    const { server } = tunnelTo(() => {});
    let produced = 0;
    const source = new Readable({
      read() {
        produced += 64 * KIB;
        this.push(Buffer.alloc(64 * KIB));
      },
    });
    void exchangeBetween(server, source, new PassThrough());
    for (let i = 0; i < 100; i += 1) await turn();
    expect(produced).toBeLessThanOrEqual(MIB);
  });

  it('pass half-close through a duplex and keep the other direction open', async () => {
    const { server } = tunnelTo(({ duplex }) => {
      let text = '';
      duplex.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      duplex.on('end', () => duplex.end(`got ${text}`));
    });
    const exchange: Exchange = openExchange(server, HEAD, {
      onHead() {},
      onData: (chunk) => mine.onData(chunk),
      onEnd: () => mine.onEnd(),
      onReset: (error) => mine.onReset(error),
      onDrain: () => mine.onDrain(),
    });
    const mine = createExchangeDuplex(exchange);
    mine.duplex.end('all of it');
    const chunks = await mine.duplex.toArray();
    expect(Buffer.concat(chunks as Buffer[]).toString()).toBe('got all of it');
    await server.ping();
    expect(server.streamCount).toBe(0);
  });

  it('carry megabytes through a duplex with a slow reader, without losing what was written before its end', async () => {
    const want = body(3 * MIB);
    const { server } = tunnelTo(({ duplex }) => void duplex.end(want));
    const exchange: Exchange = openExchange(server, HEAD, {
      onHead() {},
      onData: (chunk) => mine.onData(chunk),
      onEnd: () => mine.onEnd(),
      onReset: (error) => mine.onReset(error),
    });
    const mine = createExchangeDuplex(exchange);
    mine.duplex.end();
    const chunks: Buffer[] = [];
    await pipeline(
      mine.duplex,
      new Writable({
        highWaterMark: 1,
        write(chunk: Buffer, _encoding, callback) {
          chunks.push(chunk);
          setImmediate(callback);
        },
      }),
    );
    expect(Buffer.concat(chunks).equals(want)).toBe(true);
  });

  it('reset the exchange when a duplex is destroyed, and destroy it when the tunnel is lost', async () => {
    const served: ExchangeDuplex[] = [];
    const { server, resets } = tunnelTo((one) => served.push(one));
    const join = () => {
      const exchange: Exchange = openExchange(server, HEAD, {
        onHead() {},
        onData: (chunk) => mine.onData(chunk),
        onEnd: () => mine.onEnd(),
        onReset: (error) => mine.onReset(error),
      });
      const mine = createExchangeDuplex(exchange);
      return mine.duplex;
    };
    const first = join();
    await server.ping();
    first.destroy();
    await server.ping();
    expect(resets).toEqual(['cancelled']);
    const second = join();
    await server.ping();
    const lost = once(second, 'error');
    server.close();
    expect((await lost)[0]).toMatchObject({ code: 'ERR_TUNNEL_CLOSED' });
    expect(served.every(({ duplex }) => duplex.destroyed)).toBe(true);
  });
});

describe('a compact queue', () => {
  it('SEC-D07 does not let a window of one-byte chunks keep their batches alive', () => {
    const queue = new CompactQueue();
    for (let i = 0; i < 100_000; i += 1) queue.push(Buffer.alloc(256).subarray(i & 0xff, (i & 0xff) + 1));
    let held = 0;
    let bytes = 0;
    for (let chunk = queue.shift(); chunk !== undefined; chunk = queue.shift()) {
      held += chunk.buffer.byteLength;
      bytes += chunk.byteLength;
    }
    expect(bytes).toBe(100_000);
    expect(held).toBeLessThanOrEqual(2 * 64 * KIB);
    expect(queue.isEmpty).toBe(true);
  });

  it('keeps the order of small and large chunks', () => {
    const queue = new CompactQueue();
    const want = body(200_000);
    const sizes = [10, 20_000, 5, 70_000, 8_192, 1, 60_000];
    let at = 0;
    for (const size of sizes) {
      queue.push(Buffer.from(want.subarray(at, at + size)));
      at += size;
    }
    const got: Uint8Array[] = [];
    for (let chunk = queue.shift(); chunk !== undefined; chunk = queue.shift()) got.push(chunk);
    expect(Buffer.concat(got).equals(want.subarray(0, at))).toBe(true);
  });
});
