import { afterEach, describe, expect, it } from 'vitest';
import {
  createTunnel,
  relayStream,
  type StreamHandler,
  type Tunnel,
  type TunnelError,
  type TunnelStream,
} from './index.ts';
import { createMemoryLinkPair } from './memory/index.ts';

const tunnels: Tunnel[] = [];
afterEach(() => {
  for (const tunnel of tunnels.splice(0)) tunnel.close();
});

type Accept = (header: Uint8Array, stream: TunnelStream) => StreamHandler;

function pair(accept: Accept): { readonly near: Tunnel; readonly far: Tunnel } {
  const [left, right] = createMemoryLinkPair();
  const near = createTunnel(left, { role: 'server' });
  const far = createTunnel(right, { role: 'agent', onStream: accept });
  tunnels.push(near, far);
  return { near, far };
}

/** A caller, a relay in the middle, and an end that `accept` is. */
function relayed(accept: Accept) {
  const onward = pair(accept);
  const inward = pair((header, stream) => relayStream(stream, onward.near, Buffer.from(header).subarray(1)));
  return { caller: inward.near, inward, onward };
}

interface Seen {
  heads: string[];
  body: Buffer[];
  trailers?: string;
  error?: TunnelError;
}

/** Opens a stream and gathers what comes of it, giving credit back as it comes unless `isSlow`. */
function call(tunnel: Tunnel, header: string, isSlow = false) {
  const seen: Seen = { heads: [], body: [] };
  let over: () => void;
  const ended = new Promise<Seen>((resolve) => {
    over = () => resolve(seen);
  });
  const stream = tunnel.open(Buffer.from(`!${header}`), {
    onHead: (payload) => void seen.heads.push(Buffer.from(payload).toString()),
    onData(chunk) {
      seen.body.push(Buffer.from(chunk));
      if (!isSlow) stream.consumed(chunk.byteLength);
    },
    onEnd(trailers) {
      seen.trailers = Buffer.from(trailers).toString();
      over();
    },
    onReset(error) {
      seen.error = error;
      over();
    },
  });
  return { stream, seen, ended };
}

const IGNORE: StreamHandler = { onData() {}, onEnd() {}, onReset() {} };

describe('relayStream', () => {
  it('carries header, head, bytes, renewal and trailers as they come', async () => {
    const renewed: string[] = [];
    const { caller } = relayed((header, stream) => ({
      onData(chunk) {
        stream.consumed(chunk.byteLength);
        stream.sendHead(Buffer.from(`head of ${Buffer.from(header).toString()}`));
        stream.write(Buffer.concat([Buffer.from('echo '), chunk]));
      },
      onRenew: (payload) => void renewed.push(Buffer.from(payload).toString()),
      onEnd: (trailers) => stream.end(trailers),
      onReset() {},
    }));
    const { stream, ended } = call(caller, 'one');
    stream.renew(Buffer.from('newer'));
    stream.write(Buffer.from('hello'));
    stream.end(Buffer.from('trailers'));
    const { heads, body, trailers, error } = await ended;
    expect([heads, Buffer.concat(body).toString(), trailers, error]).toEqual([
      ['head of one'],
      'echo hello',
      'trailers',
      undefined,
    ]);
    expect(renewed).toEqual(['newer']);
  });

  it('carries megabytes both ways, and holds no more of a slow reader than the windows', async () => {
    let written = 0;
    let isWaiting = false;
    let more: () => void = () => {};
    const { caller, onward } = relayed((_header, stream) => {
      const chunk = Buffer.alloc(32 * 1024, 7);
      more = () => {
        isWaiting = false;
        while (written < 16 * 1024 * 1024 && !isWaiting) {
          written += chunk.byteLength;
          isWaiting = !stream.write(chunk);
        }
        if (!isWaiting) stream.end();
      };
      setImmediate(() => {
        stream.sendHead(Buffer.alloc(0));
        more();
      });
      return { ...IGNORE, onDrain: () => more() };
    });
    const slow = call(caller, 'slow', true);
    // Nothing moves any more: each hop is full.
    await expect.poll(() => written).toBeGreaterThan(0);
    let before = -1;
    while (written !== before) {
      before = written;
      await onward.near.ping();
      await caller.ping();
    }
    expect(isWaiting).toBe(true);
    expect(written).toBeLessThan(2 * 1024 * 1024);
    const held = slow.seen.body.reduce((sum, { byteLength }) => sum + byteLength, 0);
    slow.stream.consumed(held);
    slow.seen.body.length = 0;
    while (slow.seen.trailers === undefined) {
      await caller.ping();
      const bytes = slow.seen.body.splice(0).reduce((sum, { byteLength }) => sum + byteLength, 0);
      if (bytes > 0) slow.stream.consumed(bytes);
    }
    expect(written).toBe(16 * 1024 * 1024);
  });

  it('gives credit back for what goes up only as the end takes it', async () => {
    let taken = 0;
    let take: ((bytes: number) => void) | undefined;
    const { caller } = relayed((_header, stream) => {
      take = (bytes) => stream.consumed(bytes);
      return {
        ...IGNORE,
        onData(chunk) {
          taken += chunk.byteLength;
        },
        onEnd() {
          stream.sendHead(Buffer.alloc(0));
          stream.end();
        },
      };
    });
    const { stream, ended } = call(caller, 'up');
    const total = 4 * 1024 * 1024;
    for (let sent = 0; sent < total; sent += 32 * 1024) stream.write(Buffer.alloc(32 * 1024, 1));
    stream.end();
    let before = -1;
    while (taken !== before) {
      before = taken;
      await caller.ping();
    }
    expect(taken).toBeLessThan(1024 * 1024);
    let given = 0;
    while (given < total) {
      if (taken > given) take?.(taken - given);
      given = taken;
      await caller.ping();
    }
    expect((await ended).trailers).toBe('');
  });

  it('passes resets on with their code, in both directions', async () => {
    const resets: (string | undefined)[] = [];
    const { caller } = relayed((header, stream) => {
      if (Buffer.from(header).toString() === 'down') setImmediate(() => stream.reset('capabilityRefused', 'not you'));
      return { ...IGNORE, onReset: ({ resetCode }) => void resets.push(resetCode) };
    });
    const down = await call(caller, 'down').ended;
    expect(down.error).toMatchObject({ resetCode: 'capabilityRefused', message: expect.stringContaining('not you') });
    const { stream } = call(caller, 'up');
    await caller.ping();
    stream.reset('accessEnded');
    await expect.poll(() => resets).toEqual(['accessEnded']);
  });

  it('SEC-D23 ends the stream on both sides when either tunnel is lost', async () => {
    const lostAtEnd: (string | undefined)[] = [];
    const accept: Accept = () => ({ ...IGNORE, onReset: ({ resetCode }) => void lostAtEnd.push(resetCode) });
    const one = relayed(accept);
    const first = call(one.caller, 'x');
    await one.caller.ping();
    one.onward.far.close();
    expect((await first.ended).error).toMatchObject({ resetCode: 'tunnelLost' });
    const other = relayed(accept);
    call(other.caller, 'x');
    await other.caller.ping();
    lostAtEnd.length = 0;
    other.caller.close();
    await expect.poll(() => lostAtEnd).toEqual(['tunnelLost']);
  });

  it('refuses a stream that can not go on, of which nothing was done', async () => {
    const { caller, onward } = relayed(() => IGNORE);
    onward.near.close();
    expect((await call(caller, 'x').ended).error).toMatchObject({ resetCode: 'refused' });
  });
});
