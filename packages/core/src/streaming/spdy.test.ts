import { createHash } from 'node:crypto';
import { constants, createDeflate } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from './byte-queue.ts';
import { createSpdyBoundaryTracker } from './spdy-boundary.ts';
import { createSpdyDecoder } from './spdy-decoder.ts';
import { SPDY_DICTIONARY } from './spdy-dictionary.ts';
import { encodeSpdyData, encodeSpdyFrame, type SpdyFrame } from './spdy-frame.ts';
import { createHeaderBlockDecoder, createHeaderBlockEncoder, parseHeaderBlock } from './spdy-header-block.ts';

const streamId = fc.integer({ min: 1, max: 0x7fffffff });
const headers = fc.array(
  fc.tuple(
    fc.string({ minLength: 1, maxLength: 12 }).map((name) => name.toLowerCase()),
    fc.string({ maxLength: 40 }),
  ),
  { maxLength: 5 },
);
const fin = fc.boolean();
const payload = fc.uint8Array({ maxLength: 200 });
const frame: fc.Arbitrary<SpdyFrame> = fc.oneof(
  fc.record({ type: fc.constant('data' as const), streamId, fin, payload }),
  fc.record({
    type: fc.constant('synStream' as const),
    streamId,
    fin,
    unidirectional: fc.boolean(),
    priority: fc.nat(7),
    headers,
  }),
  fc.record({ type: fc.constant('synReply' as const), streamId, fin, headers }),
  fc.record({ type: fc.constant('headers' as const), streamId, fin, headers }),
  fc.record({ type: fc.constant('rstStream' as const), streamId, status: fc.nat(20) }),
  fc.record({ type: fc.constant('settings' as const), payload }),
  fc.record({ type: fc.constant('ping' as const), id: fc.nat() }),
  fc.record({ type: fc.constant('goAway' as const), lastStreamId: streamId, status: fc.nat(20) }),
  fc.record({ type: fc.constant('windowUpdate' as const), streamId, delta: fc.nat() }),
);

const comparable = (frames: readonly SpdyFrame[]) =>
  frames.map((one) => ('payload' in one ? { ...one, payload: Buffer.from(one.payload).toString('hex') } : one));

function encodeAll(frames: readonly SpdyFrame[]): Uint8Array {
  const blocks = createHeaderBlockEncoder();
  return concatBytes(frames.map((one) => encodeSpdyFrame(one, blocks)));
}

function split(stream: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [...new Set(cuts.map((cut) => cut % (stream.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, i) => stream.subarray(from, at[i] ?? stream.length));
}

describe('SPDY/3.1 frames', () => {
  it('has the dictionary of the specification', () => {
    expect(createHash('sha256').update(SPDY_DICTIONARY).digest('hex')).toBe(
      '51d27341373f923f3cd88e1eb7162aeaa3723d7585ff2399201dc06498407f02',
    );
  });

  it('SEC-C07 decodes any split of the byte stream alike', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 12 }), fc.array(fc.nat()), (frames, cuts) => {
        const decoder = createSpdyDecoder();
        const decoded = split(encodeAll(frames), cuts).flatMap((chunk) => decoder.push(chunk));
        expect(comparable(decoded)).toEqual(comparable(frames));
        expect(decoder.atBoundary).toBe(true);
      }),
    );
  });

  it('tracks the boundary exactly where the decoder stands at one, and sees every DATA and control frame', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), (frames) => {
        const stream = encodeAll(frames);
        const decoder = createSpdyDecoder();
        let seen = 0;
        const tracker = createSpdyBoundaryTracker({ onData: () => seen++, onControl: () => seen++ });
        for (let at = 0; at < stream.length; at++) {
          const boundary = tracker.boundaryIn(stream.subarray(at));
          const probe = createSpdyBoundaryTracker();
          probe.push(stream.subarray(0, at + boundary));
          expect(probe.atBoundary).toBe(true);
          decoder.push(stream.subarray(at, at + 1));
          tracker.push(stream.subarray(at, at + 1));
          expect(tracker.atBoundary).toBe(decoder.atBoundary);
        }
        expect(seen).toBe(frames.length);
      }),
      { numRuns: 30 },
    );
  });

  it('reads header blocks that another implementation compressed over one stream', async () => {
    const deflate = createDeflate({ dictionary: SPDY_DICTIONARY });
    const decoder = createHeaderBlockDecoder();
    for (const type of ['error', 'stdin', 'stdout', 'stderr']) {
      const text = (value: string) => {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(value.length);
        return Buffer.concat([length, Buffer.from(value)]);
      };
      const block = Buffer.concat([Buffer.from([0, 0, 0, 1]), text('streamtype'), text(type)]);
      const compressed = await new Promise<Buffer>((resolve) => {
        deflate.write(block);
        deflate.flush(constants.Z_SYNC_FLUSH, () => resolve(deflate.read() as Buffer));
      });
      expect(decoder.decode(compressed)).toEqual([['streamtype', type]]);
    }
    deflate.destroy();
  });

  it('ends every block with an empty stored block, without which Go decoders fail at the next one', () => {
    const encoder = createHeaderBlockEncoder();
    for (const block of [encoder.encode([]), encoder.encode([['a', 'b']])]) {
      expect(Buffer.from(block.subarray(-5)).toString('hex')).toBe('000000ffff');
    }
  });

  it('continues a stream of header blocks that another encoder began', () => {
    const decoder = createHeaderBlockDecoder();
    decoder.decode(createHeaderBlockEncoder().encode([['a', '1']]));
    const continued = createHeaderBlockEncoder({ continuing: true }).encode([['b', '2']]);
    expect(decoder.decode(continued)).toEqual([['b', '2']]);
  });

  const refused: { name: string; frame: string; message: string }[] = [
    { name: 'another version', frame: '8002 0001 00 000000', message: 'control frame has version 2, expected 3' },
    { name: 'a large control frame', frame: '8003 0001 00 010001', message: 'frame is 65537 bytes, limit is 65536' },
    { name: 'large data', frame: '00000001 00 500000', message: 'frame is 5242880 bytes, limit is 4194304' },
    { name: 'a short PING', frame: '8003 0006 00 000002 0000', message: 'control frame of type 6 has only 2 bytes' },
    {
      name: 'a block of rubbish',
      frame: '8003 0002 00 000006 00000001 ffff',
      message: 'header block: is not a zlib stream',
    },
  ];
  for (const { name, frame: hex, message } of refused) {
    it(`refuses ${name}`, () => {
      const stream = new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
      expect(() => createSpdyDecoder().push(stream)).toThrow(
        expect.objectContaining({ code: 'ERR_SPDY_PROTOCOL', message }),
      );
    });
  }

  it('refuses a header count that its bytes cannot hold', () => {
    expect(() => parseHeaderBlock(new Uint8Array([0x7f, 0xff, 0xff, 0xff]))).toThrow(
      'declares 2147483647 headers in 4 bytes',
    );
  });

  it('survives any bytes: it decodes, waits or throws ERR_SPDY_PROTOCOL, and the tracker never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (stream) => {
        createSpdyBoundaryTracker().push(stream);
        try {
          createSpdyDecoder().push(stream);
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_SPDY_PROTOCOL' });
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('marks the last frame of a stream', () => {
    expect(Buffer.from(encodeSpdyData(5, new Uint8Array([9]), true)).toString('hex')).toBe('000000050100000109');
  });
});
