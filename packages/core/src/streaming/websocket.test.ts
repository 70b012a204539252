import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from './byte-queue.ts';
import { createWebSocketBoundaryTracker } from './websocket-boundary.ts';
import { createWebSocketDecoder } from './websocket-decoder.ts';
import { encodeClosePayload, encodeWebSocketFrame, parseClosePayload, type WebSocketFrame } from './websocket-frame.ts';
import { parseSubprotocols, webSocketAccept, withoutBearerSubprotocols } from './websocket-handshake.ts';
import { createWebSocketMessageDecoder } from './websocket-message.ts';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

/** A legal sequence of frames: messages in fragments, control frames between them. */
const frameSequence = fc
  .array(
    fc.record({
      kind: fc.constantFrom('text' as const, 'binary' as const),
      fragments: fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 }),
      control: fc.option(
        fc.tuple(fc.constantFrom('ping' as const, 'pong' as const), fc.uint8Array({ maxLength: 125 })),
      ),
    }),
    { maxLength: 6 },
  )
  .map((messages) =>
    messages.flatMap(({ kind, fragments, control }) => {
      const frames = fragments.map((payload, i) => ({
        opcode: i === 0 ? kind : ('continuation' as const),
        fin: i === fragments.length - 1,
        payload,
      }));
      if (!control) return frames;
      return [...frames.slice(0, 1), { opcode: control[0], fin: true, payload: control[1] }, ...frames.slice(1)];
    }),
  );
const mask = fc.option(fc.uint8Array({ minLength: 4, maxLength: 4 }), { nil: undefined });

function split(stream: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [...new Set(cuts.map((cut) => cut % (stream.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, i) => stream.subarray(from, at[i] ?? stream.length));
}

const plain = (frames: readonly WebSocketFrame[]) =>
  frames.map(({ opcode, fin, payload }) => ({ opcode, fin, payload: Buffer.from(payload).toString('hex') }));

describe('WebSocket frames', () => {
  it('encodes the examples of RFC 6455, section 5.7', () => {
    expect(encodeWebSocketFrame('text', Buffer.from('Hello'))).toEqual(bytes('81 05 48 65 6c 6c 6f'));
    expect(encodeWebSocketFrame('text', Buffer.from('Hello'), { mask: bytes('37 fa 21 3d') })).toEqual(
      bytes('81 85 37 fa 21 3d 7f 9f 4d 51 58'),
    );
    expect(encodeWebSocketFrame('text', Buffer.from('Hel'), { fin: false })).toEqual(bytes('01 03 48 65 6c'));
    expect(encodeWebSocketFrame('binary', new Uint8Array(256)).subarray(0, 4)).toEqual(bytes('82 7e 01 00'));
    expect(encodeWebSocketFrame('binary', new Uint8Array(65_536)).subarray(0, 10)).toEqual(
      bytes('82 7f 00 00 00 00 00 01 00 00'),
    );
  });

  it('SEC-C07 decodes any split of the byte stream alike, masked or not, control frames in the middle', () => {
    fc.assert(
      fc.property(frameSequence, mask, fc.array(fc.nat()), (frames, key, cuts) => {
        const stream = concatBytes(
          frames.map(({ opcode, payload, fin }) =>
            encodeWebSocketFrame(opcode, payload, { fin, ...(key && { mask: key }) }),
          ),
        );
        const decoder = createWebSocketDecoder();
        const decoded = split(stream, cuts).flatMap((chunk) => decoder.push(chunk));
        expect(plain(decoded)).toEqual(plain(frames.map((frame) => ({ ...frame, masked: false }))));
        expect(decoder.atBoundary).toBe(true);
      }),
    );
  });

  it('tracks the boundary exactly where the decoder stands at one', () => {
    fc.assert(
      fc.property(frameSequence, mask, (frames, key) => {
        const encoded = frames.map(({ opcode, payload, fin }) =>
          encodeWebSocketFrame(opcode, payload, { fin, ...(key && { mask: key }) }),
        );
        const stream = concatBytes(encoded);
        const decoder = createWebSocketDecoder();
        const tracker = createWebSocketBoundaryTracker();
        for (let at = 0; at < stream.length; at++) {
          const boundary = tracker.boundaryIn(stream.subarray(at));
          const probe = createWebSocketBoundaryTracker();
          probe.push(stream.subarray(0, at + boundary));
          expect(probe.atBoundary).toBe(true);
          decoder.push(stream.subarray(at, at + 1));
          tracker.push(stream.subarray(at, at + 1));
          expect(tracker.atBoundary).toBe(decoder.atBoundary);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('hands out messages whole and control frames at once', () => {
    const decoder = createWebSocketMessageDecoder();
    const stream = concatBytes([
      encodeWebSocketFrame('text', Buffer.from('a'), { fin: false }),
      encodeWebSocketFrame('ping', Buffer.from('p')),
      encodeWebSocketFrame('continuation', Buffer.from('b')),
    ]);
    expect(decoder.push(stream).map(({ type, payload }) => [type, Buffer.from(payload).toString()])).toEqual([
      ['ping', 'p'],
      ['text', 'ab'],
    ]);
  });

  const refused: { name: string; stream: string; message: string }[] = [
    { name: 'a reserved bit', stream: 'c1 00', message: 'frame uses reserved bits without a negotiated extension' },
    { name: 'a reserved opcode', stream: '83 00', message: 'frame has the reserved opcode 3' },
    { name: 'a fragmented control frame', stream: '09 00', message: 'control frame is fragmented' },
    {
      name: 'a long control frame',
      stream: '89 7e 00 7e',
      message: 'control frame payload is 126 bytes, limit is 125',
    },
    { name: 'a lost continuation', stream: '80 00', message: 'continuation frame without a message to continue' },
    {
      name: 'an interrupted message',
      stream: '01 00 81 00',
      message: 'new message begins before the last one has ended',
    },
    { name: 'a large frame', stream: '82 7e 04 01', message: 'frame payload is 1025 bytes, limit is 1024' },
    {
      name: 'a 64-bit length',
      stream: '82 7f ff ff ff ff ff ff ff ff',
      message: 'frame payload is Infinity bytes, limit is 1024',
    },
  ];
  for (const { name, stream, message } of refused) {
    it(`SEC-F03 refuses ${name} as soon as the header is read`, () => {
      const decoder = createWebSocketDecoder({ maxPayloadBytes: 1_024 });
      expect(() => decoder.push(bytes(stream))).toThrow(
        expect.objectContaining({ code: 'ERR_WEBSOCKET_PROTOCOL', message }),
      );
    });
  }

  it('SEC-F03 bounds a message whose fragments never finish', () => {
    const decoder = createWebSocketMessageDecoder({ maxMessageBytes: 1_000 });
    decoder.push(encodeWebSocketFrame('binary', new Uint8Array(600), { fin: false }));
    expect(() => decoder.push(encodeWebSocketFrame('continuation', new Uint8Array(600), { fin: false }))).toThrow(
      'message is 1200 bytes, limit is 1000',
    );
  });

  it('refuses frames of the wrong side', () => {
    expect(() => createWebSocketDecoder({ masked: true }).push(bytes('81 00'))).toThrow('not masked');
    expect(() => createWebSocketDecoder({ masked: false }).push(bytes('81 80 00 00 00 00'))).toThrow('is masked');
  });

  it('cuts a close reason at a character and reads it back', () => {
    const payload = encodeClosePayload({ code: 1_011, reason: 'ø'.repeat(100) });
    expect(payload.length).toBe(124);
    expect(parseClosePayload(payload)).toEqual({ code: 1_011, reason: 'ø'.repeat(61) });
    expect(parseClosePayload(new Uint8Array(0))).toEqual({ code: 1_005, reason: '' });
    expect(() => parseClosePayload(new Uint8Array(1))).toThrow('close frame has 1 byte');
  });
});

describe('WebSocket handshake', () => {
  it('accepts with the example of RFC 6455, section 1.3', () => {
    expect(webSocketAccept('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  });

  it('reads subprotocols from lines and lists and takes bearer tokens out', () => {
    const offered = parseSubprotocols([
      'Sec-WebSocket-Protocol',
      'v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.c2VjcmV0',
      'sec-websocket-protocol',
      'v4.channel.k8s.io',
    ]);
    expect(withoutBearerSubprotocols(offered)).toEqual(['v5.channel.k8s.io', 'v4.channel.k8s.io']);
  });
});
