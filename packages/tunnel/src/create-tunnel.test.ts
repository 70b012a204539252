import { createFakeClock } from '@sallyport/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { readUint32 } from './decode.ts';
import { encodeFrame, type Frame } from './encode.ts';
import { createTunnel, createWindowBudget, FrameType, type Tunnel, type TunnelOptions } from './index.ts';
import type { Link } from './link.ts';
import { createMemoryLinkPair } from './memory/index.ts';
import { createRawPeer, frame, helloFrame } from './testing/index.ts';
import { echo, openStream, writeAll } from './testing/tunnel-client.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const open: Tunnel[] = [];
afterEach(() => {
  for (const tunnel of open.splice(0)) tunnel.close();
});

function tracked(tunnel: Tunnel): Tunnel {
  open.push(tunnel);
  return tunnel;
}

/** A server's tunnel whose agent is written by hand, with one honest tunnel beside it. */
async function withHostile(options: Partial<TunnelOptions> = {}) {
  const [link, raw] = createMemoryLinkPair();
  const budget = createWindowBudget(1024 * MIB);
  const tunnel = tracked(createTunnel(link, { role: 'server', onStream: echo, windowBudget: budget, ...options }));
  const peer = createRawPeer(raw);
  const [left, right] = createMemoryLinkPair();
  const honest = tracked(createTunnel(left, { role: 'server', windowBudget: budget }));
  tracked(createTunnel(right, { role: 'agent', onStream: echo, windowBudget: createWindowBudget(MIB) }));
  await peer.send(helloFrame());
  await tunnel.peerHello;
  return { tunnel, peer, honest, budget };
}

async function expectOnlyThatTunnelEnded(
  { tunnel, peer, honest, budget }: Awaited<ReturnType<typeof withHostile>>,
  code: string,
): Promise<void> {
  expect(await tunnel.closed).toMatchObject({ code });
  expect(readUint32((await peer.next(FrameType.GOAWAY)).payload, 0)).toBeGreaterThan(0);
  await peer.closed;
  expect(tunnel.queuedBytes).toBe(0);
  expect(tunnel.streamCount).toBe(0);
  expect(budget.usedBytes).toBe(0);
  const opened = openStream(honest, 'still here');
  opened.stream.end();
  expect(await opened.outcome).toMatchObject({ head: 'still here', error: undefined });
}

const zeros = (bytes: number) => new Uint8Array(bytes);

describe('a hostile peer', () => {
  const attacks: readonly {
    readonly name: string;
    readonly code: string;
    /** Streams the server has open, ids 1, 3, 5 … */
    readonly streams?: number;
    readonly frames: readonly Frame[];
  }[] = [
    {
      name: 'declares an oversized frame',
      code: 'ERR_TUNNEL_FRAME_TOO_LARGE',
      frames: [frame(FrameType.DATA, 1, zeros(32 * KIB + 1))],
      streams: 1,
    },
    {
      name: 'sends endless headers',
      code: 'ERR_TUNNEL_FRAME_TOO_LARGE',
      frames: [frame(FrameType.HEAD, 1, zeros(512 * KIB + 1))],
      streams: 1,
    },
    { name: 'says HELLO twice', code: 'ERR_TUNNEL_PROTOCOL', frames: [helloFrame()] },
    {
      name: 'answers on a stream that was never opened',
      code: 'ERR_TUNNEL_PROTOCOL',
      frames: [frame(FrameType.HEAD, 3)],
      streams: 1,
    },
    {
      name: 'sends DATA for a stream of its own that it never opened',
      code: 'ERR_TUNNEL_PROTOCOL',
      frames: [frame(FrameType.DATA, 2, zeros(1))],
    },
    { name: 'sends DATA on stream 0', code: 'ERR_TUNNEL_PROTOCOL', frames: [frame(FrameType.DATA, 0, zeros(1))] },
    {
      name: 'opens a stream with an id of ours',
      code: 'ERR_TUNNEL_PROTOCOL',
      frames: [frame(FrameType.OPEN, 5, zeros(0), 65_536)],
    },
    {
      name: 'opens the same stream twice',
      code: 'ERR_TUNNEL_PROTOCOL',
      frames: [frame(FrameType.OPEN, 2, zeros(0), 65_536), frame(FrameType.OPEN, 2, zeros(0), 65_536)],
    },
    {
      name: 'opens a stream without a window',
      code: 'ERR_TUNNEL_PROTOCOL',
      frames: [frame(FrameType.OPEN, 2, zeros(3))],
    },
    {
      name: 'sends DATA before the head',
      code: 'ERR_TUNNEL_PROTOCOL',
      frames: [frame(FrameType.DATA, 1, zeros(1))],
      streams: 1,
    },
    { name: 'ends before the head', code: 'ERR_TUNNEL_PROTOCOL', frames: [frame(FrameType.END, 1)], streams: 1 },
    {
      name: 'sends two heads',
      code: 'ERR_TUNNEL_PROTOCOL',
      frames: [frame(FrameType.HEAD, 1), frame(FrameType.HEAD, 1)],
      streams: 1,
    },
    {
      name: 'sends DATA after its END',
      code: 'ERR_TUNNEL_PROTOCOL',
      frames: [frame(FrameType.HEAD, 1), frame(FrameType.END, 1), frame(FrameType.DATA, 1, zeros(1))],
      streams: 1,
    },
    {
      name: 'ends twice',
      code: 'ERR_TUNNEL_PROTOCOL',
      frames: [frame(FrameType.HEAD, 1), frame(FrameType.END, 1), frame(FrameType.END, 1)],
      streams: 1,
    },
    {
      name: 'renews a stream it did not open',
      code: 'ERR_TUNNEL_PROTOCOL',
      frames: [frame(FrameType.RENEW, 1, zeros(9))],
      streams: 1,
    },
    {
      name: 'gives credit of zero',
      code: 'ERR_TUNNEL_PROTOCOL',
      frames: [frame(FrameType.WINDOW, 1, zeros(0), 0)],
      streams: 1,
    },
    {
      name: 'gives more credit than a number holds',
      code: 'ERR_TUNNEL_PROTOCOL',
      frames: [frame(FrameType.WINDOW, 1, zeros(0), 0xffff_ffff)],
      streams: 1,
    },
    {
      name: 'answers a PING that was never sent',
      code: 'ERR_TUNNEL_PROTOCOL',
      frames: [frame(FrameType.PONG, 0, zeros(0), 99)],
    },
    {
      name: 'overruns a window, the consumer taking nothing',
      code: 'ERR_TUNNEL_FLOW_CONTROL',
      frames: [frame(FrameType.HEAD, 1), ...Array.from({ length: 9 }, () => frame(FrameType.DATA, 1, zeros(32 * KIB)))],
      streams: 1,
    },
    {
      name: 'overruns the window of a stream it opened',
      code: 'ERR_TUNNEL_FLOW_CONTROL',
      frames: [
        frame(FrameType.OPEN, 2, zeros(0), 1),
        ...Array.from({ length: 24 }, () => frame(FrameType.DATA, 2, zeros(32 * KIB))),
      ],
    },
    {
      name: 'floods with pings',
      code: 'ERR_TUNNEL_PROTOCOL',
      frames: Array.from({ length: 10_000 }, (_, i) => frame(FrameType.PING, 0, zeros(0), i)),
    },
    {
      name: 'opens and resets without end',
      code: 'ERR_TUNNEL_PROTOCOL',
      frames: Array.from({ length: 10_100 }, (_, i) => [
        frame(FrameType.OPEN, 2 * i + 2, zeros(0), 65_536),
        frame(FrameType.RESET, 2 * i + 2, zeros(0), 1),
      ]).flat(),
    },
    {
      name: 'opens streams without end and reads no refusal',
      code: 'ERR_TUNNEL_PROTOCOL',
      frames: Array.from({ length: 9_100 }, (_, i) => frame(FrameType.OPEN, 2 * i + 2, zeros(0), 65_536)),
    },
  ];
  for (const { name, code, frames, streams = 0 } of attacks) {
    it(`SEC-D07 that ${name} loses its own tunnel only`, async () => {
      const clock = createFakeClock();
      const hostile = await withHostile({ clock });
      const opened = Array.from({ length: streams }, () => openStream(hostile.tunnel, '', { isStalled: true }));
      if (streams > 0) await hostile.peer.next(FrameType.OPEN);
      await hostile.peer.send(...frames);
      await expectOnlyThatTunnelEnded(hostile, code);
      // A stream that the peer ended in order, before it went wrong, is over by then.
      const lost = frames.some(({ type }) => type === FrameType.END) ? [] : opened;
      for (const { outcome } of lost) expect((await outcome).error).toMatchObject({ code: 'ERR_TUNNEL_CLOSED' });
    });
  }

  it('SEC-D07 that sends DATA for ever on a stream we reset is cut off after what was under way', async () => {
    const hostile = await withHostile();
    const opened = openStream(hostile.tunnel);
    await hostile.peer.next(FrameType.OPEN);
    await hostile.peer.send(frame(FrameType.HEAD, 1));
    opened.stream.reset('cancelled');
    await hostile.peer.next(FrameType.RESET);
    for (let i = 0; i < 8; i += 1) await hostile.peer.send(frame(FrameType.DATA, 1, zeros(32 * KIB)));
    expect(hostile.tunnel.state).toBe('open');
    await hostile.peer.send(frame(FrameType.DATA, 1, zeros(1)));
    await expectOnlyThatTunnelEnded(hostile, 'ERR_TUNNEL_FLOW_CONTROL');
  });

  it('SEC-D07 that speaks another version, or no HELLO at all, is told and cut off', async () => {
    for (const first of [helloFrame(2), frame(FrameType.PING, 0, zeros(4)), frame(FrameType.HELLO, 0, zeros(3))]) {
      const [link, raw] = createMemoryLinkPair();
      const tunnel = tracked(createTunnel(link, { role: 'server' }));
      const peer = createRawPeer(raw);
      await peer.send(first);
      expect(await tunnel.closed).toMatchObject({ code: 'ERR_TUNNEL_PROTOCOL' });
      await expect(tunnel.peerHello).rejects.toMatchObject({ code: 'ERR_TUNNEL_PROTOCOL' });
    }
  });

  it('is told why its tunnel ended', async () => {
    const { peer } = await withHostile();
    await peer.send(frame(FrameType.DATA, 8, zeros(1)));
    const goaway = await peer.next(FrameType.GOAWAY);
    expect(readUint32(goaway.payload, 0)).toBe(1);
    expect(Buffer.from(goaway.payload.subarray(4)).toString()).toMatch(/stream 8, which was never opened/);
  });
});

describe('a tunnel', () => {
  async function pair(options: Partial<TunnelOptions> = {}, links = createMemoryLinkPair()) {
    const [left, right] = links;
    const server = tracked(createTunnel(left, { role: 'server', ...options }));
    const agent = tracked(createTunnel(right, { role: 'agent', onStream: echo, ...options }));
    await server.peerHello;
    return { server, agent };
  }

  it('ignores frames of types that come with a later version', async () => {
    const { tunnel, peer } = await withHostile();
    await peer.send(frame(77, 9, zeros(1000)), frame(255, 0));
    await peer.send(frame(FrameType.PING, 0, zeros(0), 5));
    await peer.next(FrameType.PONG);
    expect(tunnel.state).toBe('open');
  });

  it('ignores frames that crossed with a reset', async () => {
    const { tunnel, peer } = await withHostile();
    openStream(tunnel).stream.reset('cancelled');
    await peer.next(FrameType.RESET);
    await peer.send(
      frame(FrameType.HEAD, 1),
      frame(FrameType.DATA, 1, zeros(10)),
      frame(FrameType.WINDOW, 1, zeros(0), 1),
      frame(FrameType.END, 1),
      frame(FrameType.RESET, 1, zeros(0), 1),
      frame(FrameType.PING, 0, zeros(0), 5),
    );
    await peer.next(FrameType.PONG);
    expect(tunnel.state).toBe('open');
  });

  it('resets the stream, not the tunnel, when a handler throws', async () => {
    const { server } = await pair({
      onStream: () => {
        throw new Error('bug');
      },
    });
    expect((await openStream(server).outcome).error).toMatchObject({ resetCode: 'internal' });
    await server.ping();
  });

  it('refuses streams above the limit, at both ends', async () => {
    const { server } = await pair({
      limits: { maxStreams: 3 },
      onStream: () => ({ onData() {}, onEnd() {}, onReset() {} }),
    });
    const opened = [1, 2, 3].map(() => openStream(server));
    expect(() => openStream(server)).toThrow(expect.objectContaining({ code: 'ERR_TUNNEL_TOO_MANY_STREAMS' }));
    opened[0]?.stream.reset('cancelled');
    openStream(server);
    expect(server.streamCount).toBe(3);
    const { peer } = await withHostile({
      limits: { maxStreams: 3 },
      onStream: () => ({ onData() {}, onEnd() {}, onReset() {} }),
    });
    await peer.send(...[2, 4, 6, 8].map((id) => frame(FrameType.OPEN, id, zeros(0), 1)));
    const reset = await peer.next(FrameType.RESET);
    expect([reset.streamId, readUint32(reset.payload, 0)]).toEqual([8, 2]);
  });

  it('throws on misuse by its own side, and drops what is written to a stream that has ended', async () => {
    const { server } = await pair();
    const { stream, outcome } = openStream(server);
    expect(() => stream.sendHead(zeros(1))).toThrow(expect.objectContaining({ code: 'ERR_TUNNEL_PROTOCOL' }));
    stream.end();
    expect(() => stream.write(zeros(1))).toThrow(/after end/);
    await outcome;
    expect(stream.write(zeros(1))).toBe(true);
    stream.end();
    stream.reset('cancelled');
    stream.consumed(10);
    stream.renew(zeros(1));
  });

  it('refuses limits that can not work', () => {
    for (const limits of [
      { maxStreams: 0 },
      { maxDataBytes: 1.5 },
      { initialWindowBytes: 1 },
      { maxControlBytes: 2 ** 24 },
    ]) {
      expect(() => createTunnel(createMemoryLinkPair()[0], { role: 'server', limits })).toThrow(
        expect.objectContaining({ code: 'ERR_TUNNEL_LIMIT_INVALID' }),
      );
    }
  });

  it('SEC-D08 lets other streams go on beside one whose consumer stalls, in bounded memory', async () => {
    const budget = createWindowBudget(1024 * MIB);
    const { server, agent } = await pair({
      windowBudget: budget,
      onStream(_header, stream) {
        stream.sendHead(zeros(0));
        const chunk = zeros(64 * KIB);
        const fill = () => {
          while (stream.write(chunk));
        };
        fill();
        return { onData() {}, onEnd() {}, onReset() {}, onDrain: fill };
      },
    });
    const stalled = openStream(server, '', { isStalled: true });
    const lively = openStream(server);
    while (lively.receivedBytes < 64 * MIB) await server.ping();
    expect(stalled.receivedBytes).toBeLessThanOrEqual(256 * KIB);
    expect(agent.queuedBytes).toBeLessThanOrEqual(2 * (256 + 64) * KIB);
    expect(budget.usedBytes).toBeLessThanOrEqual(2 * (4 * MIB + 256 * KIB));
    const small = openStream(server);
    while (small.receivedBytes === 0) await server.ping();
    stalled.stream.reset('cancelled');
    lively.stream.reset('cancelled');
    small.stream.reset('cancelled');
    await server.ping();
    expect([server.streamCount, agent.streamCount, budget.usedBytes]).toEqual([0, 0, 0]);
  });

  it('shares the link evenly between streams that both have much to send', async () => {
    const order: number[] = [];
    const [link, raw] = createMemoryLinkPair();
    const tunnel = tracked(createTunnel(link, { role: 'server' }));
    const peer = createRawPeer(raw);
    await peer.send(helloFrame());
    await tunnel.peerHello;
    for (let i = 0; i < 3; i += 1) openStream(tunnel).stream.write(zeros(64 * KIB));
    await peer.next(FrameType.DATA);
    await peer.send(frame(FrameType.PING, 0, zeros(0), 1));
    await peer.next(FrameType.PONG);
    for (const { type, streamId } of peer.frames) if (type === FrameType.DATA) order.push(streamId);
    expect(order).toEqual([1, 3, 5, 1, 3, 5]);
  });

  it('SEC-D09 notices a black hole in either direction within 45 s, on both ends, and not earlier than 30 s', async () => {
    for (const lost of ['to the agent', 'to the server', 'both ways']) {
      const clock = createFakeClock();
      const [left, right] = createMemoryLinkPair();
      const hole = { isOpen: true };
      const swallow = (link: Link, direction: string): Link => ({
        send: (batch, done) =>
          hole.isOpen || (lost !== direction && lost !== 'both ways') ? link.send(batch, done) : setImmediate(done),
        onBatch: (listener) => link.onBatch(listener),
        onClose: (listener) => link.onClose(listener),
        close: (reason) => (hole.isOpen ? link.close(reason) : undefined),
      });
      const { server, agent } = await pair({ clock }, [swallow(left, 'to the agent'), swallow(right, 'to the server')]);
      const turn = () => new Promise((resolve) => setImmediate(resolve));
      const pass = async (ms: number) => {
        for (let at = 0; at < ms; at += 1_000) {
          clock.advance(1_000);
          for (let i = 0; i < 4; i += 1) await turn();
        }
      };
      await pass(100_000);
      expect([server.state, agent.state]).toEqual(['open', 'open']);
      const opened = openStream(server, '', { isStalled: true });
      await turn();
      hole.isOpen = false;
      await pass(29_000);
      const blind = lost === 'to the agent' ? agent : server;
      expect(blind.state).toBe('open');
      await pass(16_000);
      expect(await blind.closed).toMatchObject({ code: 'ERR_TUNNEL_KEEPALIVE' });
      if (blind === server) expect((await opened.outcome).error).toMatchObject({ code: 'ERR_TUNNEL_CLOSED' });
    }
  });

  it('SEC-D12 takes a close twice, during HELLO, after the end, and frees its timer', async () => {
    const clock = createFakeClock();
    const [left, right] = createMemoryLinkPair();
    const server = createTunnel(left, { role: 'server', clock });
    const agent = createTunnel(right, { role: 'agent', clock });
    server.close();
    server.close(new Error('again'));
    agent.close();
    await Promise.all([server.closed, agent.closed]);
    server.close();
    await server.drain();
    expect(() => openStream(server)).toThrow(expect.objectContaining({ code: 'ERR_TUNNEL_CLOSED' }));
    await expect(server.ping()).rejects.toMatchObject({ code: 'ERR_TUNNEL_CLOSED' });
    await expect(server.peerHello).rejects.toMatchObject({ code: 'ERR_TUNNEL_CLOSED' });
    expect(clock.pending).toBe(0);
  });

  it('SEC-D12 survives a link that breaks at every byte of a conversation', async () => {
    const conversation = Buffer.concat(
      [
        helloFrame(),
        frame(FrameType.OPEN, 2, Buffer.from('head'), 65_536),
        frame(FrameType.DATA, 2, Buffer.from('body')),
        frame(FrameType.PING, 0, zeros(0), 1),
        frame(FrameType.WINDOW, 2, zeros(0), 10),
        frame(FrameType.END, 2, Buffer.from('trailers')),
        frame(FrameType.GOAWAY, 0, zeros(0), 0),
      ].map(encodeFrame),
    );
    const clock = createFakeClock();
    const budget = createWindowBudget(MIB);
    for (let cut = 0; cut <= conversation.byteLength; cut += 1) {
      for (const reason of [undefined, new Error('connection reset')]) {
        const [link, raw] = createMemoryLinkPair();
        const tunnel = createTunnel(link, { role: 'server', onStream: echo, clock, windowBudget: budget });
        const peer = createRawPeer(raw);
        await peer.sendBytes(conversation.subarray(0, cut));
        raw.close(reason);
        await tunnel.closed;
        expect([tunnel.state, tunnel.streamCount, tunnel.queuedBytes]).toEqual(['closed', 0, 0]);
      }
    }
    expect(clock.pending).toBe(0);
    expect(budget.usedBytes).toBe(0);
  });

  it('SEC-D23 ends each stream with tunnelLost when the link breaks, also those with much still to send', async () => {
    const links = createMemoryLinkPair();
    const { server, agent } = await pair({ onStream: () => ({ onData() {}, onEnd() {}, onReset() {} }) }, links);
    const opened = Array.from({ length: 20 }, () => openStream(server));
    for (const { stream } of opened) stream.write(zeros(MIB));
    await server.ping();
    links[1].close(new Error('connection reset'));
    for (const { outcome } of opened) {
      expect((await outcome).error).toMatchObject({ code: 'ERR_TUNNEL_CLOSED', resetCode: 'tunnelLost' });
    }
    await agent.closed;
    expect([server.queuedBytes, agent.queuedBytes]).toEqual([0, 0]);
  });

  it('SEC-D26 carries 64 MiB both ways byte for byte, and opens its window for it', async () => {
    const { server } = await pair();
    const opened = openStream(server);
    const body = Buffer.allocUnsafe(64 * MIB);
    for (let i = 0; i < body.length; i += 4) body.writeUInt32LE(Math.imul(i, 2_654_435_761) >>> 0, i);
    await writeAll(opened, body, 1_000_003);
    opened.stream.end();
    const outcome = await opened.outcome;
    expect(outcome.error).toBeUndefined();
    expect(outcome.body.equals(body)).toBe(true);
  });

  it('tells the agent to dial a new tunnel, once, when the server drains', async () => {
    let told = 0;
    const [left, right] = createMemoryLinkPair();
    const server = tracked(createTunnel(left, { role: 'server' }));
    const agent = tracked(
      createTunnel(right, {
        role: 'agent',
        onGoaway: () => {
          told += 1;
        },
      }),
    );
    await server.peerHello;
    await Promise.all([server.drain(), server.drain()]);
    expect(await agent.closed).toBeUndefined();
    expect(told).toBe(1);
  });
});
