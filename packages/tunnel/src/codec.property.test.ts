import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Batch } from './gen/sallyport/agent/v1/gateway.ts';
import { openBatch, sealBatch } from './grpc/batch.ts';
import { decodeRequestHead, encodeRequestHead } from './http/head.ts';
import { createFrameDecoder, DEFAULT_TUNNEL_LIMITS, encodeFrame, type Frame, FrameType, TunnelError } from './index.ts';

const payload = (maxLength: number) => fc.uint8Array({ maxLength });
const frames = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant(FrameType.DATA), streamId: fc.nat(0xffff_ffff), payload: payload(2000) }),
    fc.record({ type: fc.constantFrom(FrameType.OPEN, FrameType.END), streamId: fc.nat(), payload: payload(300) }),
    fc.record({ type: fc.constant(FrameType.WINDOW), streamId: fc.nat(), payload: payload(4) }),
    fc.record({ type: fc.integer({ min: 12, max: 255 }), streamId: fc.nat(), payload: payload(50) }),
  ),
  { maxLength: 12 },
);

/** Decodes with the splits, and tells the error code that stopped it. */
function decode(bytes: Uint8Array, splits: readonly number[]): { frames: Frame[]; code: string | undefined } {
  const list: Frame[] = [];
  const decoder = createFrameDecoder(DEFAULT_TUNNEL_LIMITS, (type, streamId, view) => {
    list.push({ type, streamId, payload: new Uint8Array(view) });
    return true;
  });
  const borders = [0, ...splits.map((split) => split % (bytes.byteLength + 1)).sort((a, b) => a - b), bytes.byteLength];
  try {
    for (let i = 1; i < borders.length; i += 1) decoder.push(bytes.subarray(borders[i - 1], borders[i]));
  } catch (error) {
    if (!(error instanceof TunnelError)) throw error;
    return { frames: list, code: error.code };
  }
  return { frames: list, code: undefined };
}

const splits = fc.array(fc.nat(), { maxLength: 40 });

describe('the codec', () => {
  it('decodes what it encoded, however the bytes are split', () => {
    fc.assert(
      fc.property(frames, splits, (list, at) => {
        const want = list.map((frame) => ({ ...frame, payload: new Uint8Array(frame.payload) }));
        expect(decode(Buffer.concat(list.map(encodeFrame)), at)).toEqual({ frames: want, code: undefined });
      }),
    );
  });

  it('reads any bytes alike, however they are split', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), splits, (bytes, at) => {
        expect(decode(bytes, at)).toEqual(decode(bytes, []));
      }),
    );
  });

  it('carries any head of latin1 text', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '/', ' ', '\t', '\xff', '\x80', '%'), maxLength: 200 });
    const head = fc.record({
      method: text,
      target: text,
      capability: text,
      decisionId: text,
      upgrade: fc.boolean(),
      headers: fc.array(fc.tuple(text, text), { maxLength: 40 }).map((pairs) => pairs.flat()),
    });
    fc.assert(
      fc.property(head, (value) => {
        expect(decodeRequestHead(encodeRequestHead(value))).toEqual(value);
      }),
    );
  });

  it('decodes any bytes as a head, or refuses them with a code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decodeRequestHead(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(TunnelError);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('seals batches that any protobuf library reads, and reads what it writes', () => {
    const sizes = fc.constantFrom(1, 2, 127, 128, 129, 16_383, 16_384, 262_144, 524_296);
    fc.assert(
      fc.property(sizes, fc.nat(255), (size, byte) => {
        const bytes = Buffer.alloc(size, byte);
        const message = sealBatch(Buffer.concat([Buffer.alloc(5), bytes]));
        expect(Batch.decode(message).frames.equals(bytes)).toBe(true);
        expect(Buffer.compare(Buffer.from(Batch.encode({ frames: bytes }).finish()), message)).toBe(0);
        expect(Buffer.compare(openBatch(message), bytes)).toBe(0);
      }),
      { numRuns: 20 },
    );
  });
});
