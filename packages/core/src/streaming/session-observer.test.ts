import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from './byte-queue.ts';
import { REMOTE_COMMAND_CHANNEL, REMOTE_COMMAND_SUBPROTOCOLS, type RemoteCommandStream } from './remote-command.ts';
import type { SessionObserver } from './session-observer.ts';
import { encodeSpdyData, encodeSpdyFrame } from './spdy-frame.ts';
import { createHeaderBlockEncoder } from './spdy-header-block.ts';
import { createUpgradeTracker, isObservable, type UpgradeTrackerOptions } from './upgrade-tracker.ts';
import { encodeWebSocketFrame } from './websocket-frame.ts';

/** One step of a session: bytes of a stream. */
type Step = readonly [stream: RemoteCommandStream, bytes: Uint8Array];
const STREAMS = ['error', 'stdin', 'stdout', 'stderr', 'resize'] as const;
const isUpward = (stream: RemoteCommandStream) => stream === 'stdin' || stream === 'resize';

const bytes = fc.uint8Array({ maxLength: 40 });
const session = fc.array(fc.tuple(fc.constantFrom(...STREAMS), bytes), { maxLength: 12 });
/** Where a stream of bytes is split: lengths of the pieces, over and over. */
const splits = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 });

function split(all: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, i = 0; at < all.length; i++) {
    const end = at + (lengths[i % lengths.length] as number);
    pieces.push(all.subarray(at, end));
    at = end;
  }
  return pieces;
}

/** What a session comes to, stream by stream. */
function totals(steps: readonly Step[]): Record<string, string> {
  const parts = Object.fromEntries(STREAMS.map((stream) => [stream, [] as Uint8Array[]]));
  for (const [stream, piece] of steps) parts[stream]?.push(piece);
  return Object.fromEntries(STREAMS.map((stream) => [stream, Buffer.concat(parts[stream] ?? []).toString('hex')]));
}

/** Passes both directions through a tracker and yields what its observer is told. */
function observe(options: UpgradeTrackerOptions, up: readonly Uint8Array[], down: readonly Uint8Array[]) {
  const steps: Step[] = [];
  const halfClosed: RemoteCommandStream[] = [];
  let isUnreadable = false;
  const observer: SessionObserver = {
    wantsStdin: true,
    onBytes: (stream, piece) => void steps.push([stream, new Uint8Array(piece)]),
    onHalfClose: (stream) => void halfClosed.push(stream),
    onUnreadable: () => {
      isUnreadable = true;
    },
  };
  const tracker = createUpgradeTracker({ ...options, observer });
  for (const chunk of up) {
    const before = Buffer.from(chunk);
    tracker.downstreamToUpstream(chunk);
    // What goes on upstream is masked as it came.
    expect(before.equals(chunk)).toBe(true);
  }
  for (const chunk of down) tracker.upstreamToDownstream(chunk);
  return { steps, halfClosed, isUnreadable };
}

const MASK = Uint8Array.of(0x5a, 0x00, 0xff, 0x13);

/** Messages of a channel subprotocol, each in frames of the given lengths with an empty one first and pings between. */
function webSocketBytes(steps: readonly Step[], base64: boolean, lengths: readonly number[], masked: boolean) {
  const options = masked ? { mask: MASK } : {};
  const frames: Uint8Array[] = [];
  for (const [stream, payload] of steps) {
    const channel = REMOTE_COMMAND_CHANNEL[stream];
    const message = base64
      ? Buffer.from(`${channel}${Buffer.from(payload).toString('base64')}`)
      : concatBytes([Uint8Array.of(channel), payload]);
    frames.push(encodeWebSocketFrame(base64 ? 'text' : 'binary', new Uint8Array(0), { ...options, fin: false }));
    for (const piece of split(message, lengths)) {
      frames.push(encodeWebSocketFrame('ping', Buffer.from('are you there'), options));
      frames.push(encodeWebSocketFrame('continuation', piece, { ...options, fin: false }));
    }
    frames.push(encodeWebSocketFrame('continuation', new Uint8Array(0), options));
  }
  return concatBytes(frames);
}

function spdyBytes(steps: readonly Step[]): { up: Uint8Array; down: Uint8Array } {
  const blocks = createHeaderBlockEncoder();
  const idOf = (stream: RemoteCommandStream) => STREAMS.indexOf(stream) * 2 + 1;
  const opens = STREAMS.map((stream) =>
    encodeSpdyFrame(
      {
        type: 'synStream',
        streamId: idOf(stream),
        fin: false,
        unidirectional: false,
        priority: 0,
        headers: [['streamtype', stream]],
      },
      blocks,
    ),
  );
  const frames = (isUp: boolean) =>
    steps.filter(([stream]) => isUpward(stream) === isUp).map(([stream, piece]) => encodeSpdyData(idOf(stream), piece));
  return {
    up: concatBytes([...opens, ...frames(true), encodeSpdyData(idOf('stdin'), new Uint8Array(0), true)]),
    down: concatBytes([...frames(false), encodeSpdyData(idOf('stdout'), new Uint8Array(0), true)]),
  };
}

describe('what passes on an upgraded connection', () => {
  for (const { name, base64 } of REMOTE_COMMAND_SUBPROTOCOLS) {
    it(`SEC-C07 is told byte for byte, however frames are cut, joined, fragmented and masked (${name})`, () => {
      fc.assert(
        fc.property(session, splits, splits, (steps, frames, chunks) => {
          const part = (isUp: boolean) =>
            webSocketBytes(
              steps.filter(([stream]) => isUpward(stream) === isUp),
              base64,
              frames,
              isUp,
            );
          const options = { protocol: 'websocket', subprotocol: name, kind: 'remoteCommand' } as const;
          const seen = observe(options, split(part(true), chunks), split(part(false), chunks));
          expect(totals(seen.steps)).toEqual(totals(steps));
          expect(seen.isUnreadable).toBe(false);
        }),
      );
    });
  }

  it('SEC-C07 is told byte for byte, however frames are cut and joined (SPDY/3.1)', () => {
    fc.assert(
      fc.property(session, splits, (steps, chunks) => {
        const { up, down } = spdyBytes(steps);
        const options = { protocol: 'spdy/3.1', kind: 'remoteCommand' } as const;
        const seen = observe(options, split(up, chunks), split(down, chunks));
        expect(totals(seen.steps)).toEqual(totals(steps));
        expect(seen.halfClosed).toEqual(['stdin', 'stdout']);
      }),
    );
  });

  it('tells the half-close of stdin that v5 has, and not that byte on older subprotocols', () => {
    const close = encodeWebSocketFrame('binary', Uint8Array.of(255, 0), { mask: MASK });
    const seen = (subprotocol: string) =>
      observe({ protocol: 'websocket', subprotocol, kind: 'remoteCommand' }, [close], []).halfClosed;
    expect(seen('v5.channel.k8s.io')).toEqual(['stdin']);
    expect(seen('v4.channel.k8s.io')).toEqual([]);
  });

  it('SEC-C06 is told to be unreadable once it is no frames, and can not be observed in unknown forms', () => {
    const nonsense = Buffer.from('80ff00010000000000', 'hex');
    const seen = observe({ protocol: 'spdy/3.1', kind: 'remoteCommand' }, [], [nonsense, nonsense]);
    expect(seen.isUnreadable).toBe(true);
    const webSocket = { protocol: 'websocket', kind: 'remoteCommand' } as const;
    expect(isObservable(webSocket)).toBe(true);
    expect(isObservable({ ...webSocket, subprotocol: 'v6.channel.k8s.io' })).toBe(false);
    expect(isObservable({ ...webSocket, kind: 'watch' })).toBe(false);
  });

  it('gives up on a client that opens streams without end', () => {
    const blocks = createHeaderBlockEncoder();
    const opens = Array.from({ length: 65 }, (_, i) =>
      encodeSpdyFrame(
        {
          type: 'synStream',
          streamId: i * 2 + 1,
          fin: false,
          unidirectional: false,
          priority: 0,
          headers: [['streamtype', 'stdin']],
        },
        blocks,
      ),
    );
    expect(observe({ protocol: 'spdy/3.1', kind: 'remoteCommand' }, opens, []).isUnreadable).toBe(true);
  });
});

describe('what a port-forward carries', () => {
  function count(options: Omit<UpgradeTrackerOptions, 'kind' | 'observer'>, up: Uint8Array, down: Uint8Array) {
    const told: Record<string, number> = {};
    const add = (name: string, by: number) => {
      told[name] = (told[name] ?? 0) + by;
    };
    const observer: SessionObserver = {
      onConnection: (port) => add(`${port} connections`, 1),
      onForwarded: (port, direction, byteCount) => add(`${port} ${direction}`, byteCount),
    };
    const tracker = createUpgradeTracker({ ...options, kind: 'portForward', observer });
    // The opening of the streams comes before any answer, the bytes after it.
    const cut = options.protocol === 'spdy/3.1' || options.subprotocol?.startsWith('SPDY') ? up.length - 10 : 60;
    tracker.downstreamToUpstream(up.subarray(0, cut));
    for (const chunk of split(down, [7])) tracker.upstreamToDownstream(chunk);
    for (const chunk of split(up.subarray(cut), [11])) tracker.downstreamToUpstream(chunk);
    return told;
  }

  const blocks = createHeaderBlockEncoder();
  const open = (streamId: number, streamtype: string) =>
    encodeSpdyFrame(
      {
        type: 'synStream',
        streamId,
        fin: false,
        unidirectional: false,
        priority: 0,
        headers: [
          ['streamtype', streamtype],
          ['port', '8080'],
        ],
      },
      blocks,
    );
  const up = concatBytes([
    open(1, 'error'),
    open(3, 'data'),
    encodeSpdyData(3, new Uint8Array(100)),
    encodeSpdyData(3, new Uint8Array(20), true),
  ]);
  const down = concatBytes([encodeSpdyData(3, new Uint8Array(1_000)), encodeSpdyData(3, new Uint8Array(24))]);
  const counted = { '8080 connections': 1, '8080 received': 120, '8080 sent': 1_024 };

  it('is counted per port over SPDY', () => {
    expect(count({ protocol: 'spdy/3.1' }, up, down)).toEqual(counted);
  });

  it('is counted per port over SPDY inside WebSocket', () => {
    const wrap = (all: Uint8Array, masked: boolean) =>
      concatBytes(split(all, [9]).map((piece) => encodeWebSocketFrame('binary', piece, masked ? { mask: MASK } : {})));
    const options = { protocol: 'websocket', subprotocol: 'SPDY/3.1+portforward.k8s.io' } as const;
    expect(count(options, wrap(up, true), wrap(down, false))).toEqual(counted);
  });

  it('is counted per port over the channels of WebSocket', () => {
    const message = (channel: number, payload: Uint8Array, masked: boolean) =>
      encodeWebSocketFrame('binary', concatBytes([Uint8Array.of(channel), payload]), masked ? { mask: MASK } : {});
    const port = Uint8Array.of(8080 & 0xff, 8080 >> 8);
    const downstream = concatBytes([
      message(0, port, false),
      message(1, port, false),
      message(0, new Uint8Array(1_024), false),
    ]);
    const upstream = message(0, new Uint8Array(120), true);
    const options = { protocol: 'websocket', subprotocol: 'v4.channel.k8s.io' } as const;
    const told = count(options, upstream, downstream);
    // The last bytes of the first piece of the caller came before the pod had named the port.
    expect((told['8080 received'] ?? 0) + (told['0 received'] ?? 0)).toBe(120);
    expect(told).toMatchObject({ '8080 connections': 1, '8080 sent': 1_024 });
  });
});
