import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureStatus } from '../status.ts';
import { concatBytes } from './byte-queue.ts';
import { encodeChannelMessage, parseExitStatus } from './remote-command.ts';
import { createSpdyDecoder } from './spdy-decoder.ts';
import { encodeSpdyData, encodeSpdyFrame, type SpdyFrame } from './spdy-frame.ts';
import { createHeaderBlockEncoder } from './spdy-header-block.ts';
import { createUpgradeTracker, type UpgradeTrackerOptions } from './upgrade-tracker.ts';
import { encodeWebSocketFrame, parseClosePayload } from './websocket-frame.ts';
import { createWebSocketMessageDecoder } from './websocket-message.ts';

const status = failureStatus('Forbidden', 'your grant ended at 14:00');
const shown = { kind: 'failure', status: expect.objectContaining({ message: status.message, code: 403 }) };

function openStreams(types: readonly string[], extra: Record<string, string> = {}): Uint8Array {
  const blocks = createHeaderBlockEncoder();
  return concatBytes(
    types.map((streamtype, i) =>
      encodeSpdyFrame(
        {
          type: 'synStream',
          streamId: i * 2 + 1,
          fin: false,
          unidirectional: false,
          priority: 0,
          headers: Object.entries({ streamtype, ...extra }),
        },
        blocks,
      ),
    ),
  );
}

function replies(count: number): Uint8Array {
  const blocks = createHeaderBlockEncoder();
  return concatBytes(
    Array.from({ length: count }, (_, i) =>
      encodeSpdyFrame({ type: 'synReply', streamId: i * 2 + 1, fin: false, headers: [] }, blocks),
    ),
  );
}

const dataText = (frames: readonly SpdyFrame[], streamId: number): string =>
  frames
    .filter((frame) => frame.type === 'data' && frame.streamId === streamId)
    .map((frame) => (frame.type === 'data' ? Buffer.from(frame.payload).toString() : ''))
    .join('');

/** Passes `stream` in two parts with the end asked for between them; returns what the downstream gets in all. */
function endAt(options: UpgradeTrackerOptions, down: Uint8Array, stream: Uint8Array, cut: number, alive: boolean) {
  const tracker = createUpgradeTracker(options);
  tracker.downstreamToUpstream(down);
  const parts = [tracker.upstreamToDownstream(stream.subarray(0, cut)), tracker.end(status)];
  if (alive) parts.push(tracker.upstreamToDownstream(stream.subarray(cut)));
  if (!tracker.ended) {
    const finished = tracker.finish();
    if (finished === undefined) return undefined;
    parts.push(finished);
  }
  expect(tracker.ended).toBe(true);
  expect(tracker.upstreamToDownstream(stream)).toHaveLength(0);
  return concatBytes(parts);
}

describe('ending exec over SPDY', () => {
  const down = openStreams(['error', 'stdout', 'stderr']);
  const output = concatBytes([encodeSpdyData(3, Buffer.from('hello ')), encodeSpdyData(3, Buffer.from('world'))]);
  const stream = concatBytes([
    replies(3),
    output,
    encodeSpdyFrame({ type: 'ping', id: 2 }, createHeaderBlockEncoder()),
  ]);
  const repliesLength = replies(3).length;

  it('puts the Status on the error stream, then GOAWAY, wherever the bytes are cut and whoever is alive', () => {
    for (const alive of [true, false]) {
      for (let cut = repliesLength; cut <= stream.length; cut++) {
        const out = endAt({ protocol: 'spdy/3.1', kind: 'remoteCommand' }, down, stream, cut, alive);
        const frames = createSpdyDecoder().push(out ?? new Uint8Array(0));
        const [last, error] = [frames.at(-1), frames.at(-2)];
        expect(last).toEqual({ type: 'goAway', lastStreamId: 5, status: 0 });
        expect(error).toMatchObject({ type: 'data', streamId: 1, fin: true });
        expect(parseExitStatus(error?.type === 'data' ? error.payload : new Uint8Array(0))).toEqual(shown);
        if (alive) expect('hello world'.startsWith(dataText(frames, 3))).toBe(true);
      }
    }
  });

  it('answers streams that the upstream never answered', () => {
    const out = endAt({ protocol: 'spdy/3.1', kind: 'remoteCommand' }, down, new Uint8Array(0), 0, false);
    const frames = createSpdyDecoder().push(out ?? new Uint8Array(0));
    expect(frames.map((frame) => frame.type)).toEqual(['synReply', 'synReply', 'synReply', 'data', 'goAway']);
  });

  it('answers the rest when the upstream had answered some, in the same compression state', () => {
    const first = replies(1);
    const out = endAt({ protocol: 'spdy/3.1', kind: 'remoteCommand' }, down, first, first.length, false);
    const frames = createSpdyDecoder().push(out ?? new Uint8Array(0));
    expect(frames.map((frame) => frame.type)).toEqual(['synReply', 'synReply', 'synReply', 'data', 'goAway']);
  });

  it('asks for a reset when a header block is cut in the middle', () => {
    const out = endAt({ protocol: 'spdy/3.1', kind: 'remoteCommand' }, down, replies(1), 14, false);
    expect(out).toBeUndefined();
  });

  it('waits until the client has opened its error stream', () => {
    const tracker = createUpgradeTracker({ protocol: 'spdy/3.1', kind: 'remoteCommand' });
    expect(tracker.end(status)).toHaveLength(0);
    expect(tracker.ended).toBe(false);
    const out = tracker.downstreamToUpstream(down.subarray(0, down.length - 1));
    expect(tracker.ended).toBe(true);
    expect(
      createSpdyDecoder()
        .push(out)
        .map((frame) => frame.type),
    ).toContain('data');
  });

  it('leaves the exit status alone that the upstream has already sent', () => {
    const exit = concatBytes([replies(3), encodeSpdyData(1, Buffer.from('{"metadata":{},"status":"Success"}'), true)]);
    const out = endAt({ protocol: 'spdy/3.1', kind: 'remoteCommand' }, down, exit, exit.length, false);
    const frames = createSpdyDecoder().push(out ?? new Uint8Array(0));
    expect(frames.filter((frame) => frame.type === 'data')).toHaveLength(1);
  });
});

describe('ending port-forward over SPDY', () => {
  it('writes the reason as text on the error stream of each open connection', () => {
    const down = openStreams(['error', 'data'], { port: '80', requestid: '0' });
    const out = endAt({ protocol: 'spdy/3.1', kind: 'portForward' }, down, replies(2), replies(2).length, false);
    const frames = createSpdyDecoder().push(out ?? new Uint8Array(0));
    expect(dataText(frames, 1)).toBe(status.message);
    expect(frames.at(-1)?.type).toBe('goAway');
  });
});

describe('ending exec over WebSocket', () => {
  const stream = concatBytes([
    encodeWebSocketFrame('binary', encodeChannelMessage(1, Buffer.from('hello '))),
    encodeWebSocketFrame('ping', Buffer.from('x')),
    encodeWebSocketFrame('binary', encodeChannelMessage(1, Buffer.from('w'.repeat(300))), { fin: false }),
    encodeWebSocketFrame('continuation', Buffer.from('d')),
  ]);

  for (const subprotocol of ['v5.channel.k8s.io', 'v4.channel.k8s.io']) {
    it(`sends the Status on channel 3, then Close 1000, wherever the bytes are cut (${subprotocol})`, () => {
      for (const alive of [true, false]) {
        for (let cut = 0; cut <= stream.length; cut++) {
          const options = { protocol: 'websocket', subprotocol, kind: 'remoteCommand' } as const;
          const out = endAt(options, new Uint8Array(0), stream, cut, alive);
          const messages = createWebSocketMessageDecoder().push(out ?? new Uint8Array(0));
          const [close, error] = [messages.at(-1), messages.at(-2)];
          expect(close?.type).toBe('close');
          expect(parseClosePayload(close?.payload ?? new Uint8Array(0)).code).toBe(1_000);
          expect(error?.payload[0]).toBe(3);
          expect(parseExitStatus(error?.payload.subarray(1) ?? new Uint8Array(0))).toEqual(shown);
          // Made-up messages must have a channel byte, or client-go gives up before it reads the Status.
          for (const message of messages)
            if (message.type === 'binary') expect(message.payload.length).toBeGreaterThan(0);
        }
      }
    });
  }

  it('speaks base64 where that was agreed', () => {
    const text = encodeWebSocketFrame('text', Buffer.from(`1${Buffer.from('some output').toString('base64')}`));
    for (let cut = 0; cut <= text.length; cut++) {
      const options = {
        protocol: 'websocket',
        subprotocol: 'v4.base64.channel.k8s.io',
        kind: 'remoteCommand',
      } as const;
      const out = endAt(options, new Uint8Array(0), text, cut, false);
      const messages = createWebSocketMessageDecoder().push(out ?? new Uint8Array(0));
      const error = Buffer.from(messages.at(-2)?.payload ?? []).toString();
      expect(error[0]).toBe('3');
      expect(parseExitStatus(Buffer.from(error.slice(1), 'base64'))).toEqual(shown);
    }
  });

  it('adds only Close when the upstream has sent its own Status', () => {
    const own = encodeWebSocketFrame('binary', encodeChannelMessage(3, Buffer.from('{"status":"Success"}')));
    const options = { protocol: 'websocket', subprotocol: 'v5.channel.k8s.io', kind: 'remoteCommand' } as const;
    const out = endAt(options, new Uint8Array(0), own, own.length, false);
    const messages = createWebSocketMessageDecoder().push(out ?? new Uint8Array(0));
    expect(messages.map((message) => message.type)).toEqual(['binary', 'close']);
  });

  it('adds nothing behind a Close', () => {
    const close = encodeWebSocketFrame('close', new Uint8Array([3, 0xe8]));
    const options = { protocol: 'websocket', subprotocol: 'v5.channel.k8s.io', kind: 'remoteCommand' } as const;
    expect(endAt(options, new Uint8Array(0), close, close.length, false)).toEqual(close);
  });
});

describe('ending a watch over WebSocket', () => {
  it('sends an ERROR event, then Close', () => {
    const tracker = createUpgradeTracker({ protocol: 'websocket', kind: 'watch' });
    const messages = createWebSocketMessageDecoder().push(tracker.end(status));
    expect(JSON.parse(Buffer.from(messages[0]?.payload ?? []).toString())).toEqual({ type: 'ERROR', object: status });
    expect(messages[1]?.type).toBe('close');
  });
});

describe('ending port-forward over WebSocket', () => {
  const options = { protocol: 'websocket', subprotocol: 'SPDY/3.1+portforward.k8s.io', kind: 'portForward' } as const;
  const mask = new Uint8Array([1, 2, 3, 4]);
  // client-go writes each header field as a frame of its own: borders of the two layers don't align.
  const down = concatBytes(
    [...openStreams(['error', 'data'], { port: '80', requestid: '0' })].map((byte) =>
      encodeWebSocketFrame('binary', new Uint8Array([byte]), { mask }),
    ),
  );
  const spdy = concatBytes([replies(2), encodeSpdyData(3, Buffer.from('response'.repeat(30)))]);
  const stream = concatBytes([
    encodeWebSocketFrame('binary', spdy.subarray(0, 100)),
    encodeWebSocketFrame('binary', spdy.subarray(100)),
  ]);

  it('completes both layers and writes the reason on the error stream, wherever the DATA is cut', () => {
    for (let cut = 60; cut <= stream.length; cut++) {
      const out = endAt(options, down, stream, cut, false);
      const messages = createWebSocketMessageDecoder().push(out ?? new Uint8Array(0));
      expect(messages.at(-1)?.type).toBe('close');
      const decoder = createSpdyDecoder();
      const frames = messages.filter(({ type }) => type === 'binary').flatMap(({ payload }) => decoder.push(payload));
      expect(dataText(frames, 1)).toBe(status.message);
      expect(frames.at(-1)?.type).toBe('goAway');
    }
  });

  it("leaves the caller's bytes alone, also when they come as Node's Buffers, whose slice is a view", () => {
    const tracker = createUpgradeTracker(options);
    const chunk = Buffer.from(down);
    tracker.downstreamToUpstream(chunk);
    expect(chunk.equals(down)).toBe(true);
  });
});

describe('createUpgradeTracker', () => {
  it('passes every chunk as it is until an end is asked for', () => {
    const chunk = new Uint8Array([1, 2, 3]);
    const tracker = createUpgradeTracker({ protocol: 'spdy/3.1', kind: 'remoteCommand' });
    expect(tracker.upstreamToDownstream(chunk)).toBe(chunk);
    expect(tracker.downstreamToUpstream(chunk)).toHaveLength(0);
  });

  it('never throws and never alters bytes, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<UpgradeTrackerOptions>(
          { protocol: 'spdy/3.1', kind: 'remoteCommand' },
          { protocol: 'websocket', subprotocol: 'v5.channel.k8s.io', kind: 'remoteCommand' },
          { protocol: 'websocket', subprotocol: 'SPDY/3.1+portforward.k8s.io', kind: 'portForward' },
          { protocol: 'websocket', kind: 'other' },
        ),
        fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 80 })), { maxLength: 10 }),
        (options, chunks) => {
          const tracker = createUpgradeTracker(options);
          for (const [up, chunk] of chunks) {
            if (up) tracker.downstreamToUpstream(chunk);
            else expect(tracker.upstreamToDownstream(chunk)).toBe(chunk);
          }
          tracker.end(status);
          tracker.finish();
        },
      ),
      { numRuns: 500 },
    );
  });
});
