import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openBatch, sealBatch } from './grpc/batch.ts';
import {
  decodeRequestHead,
  decodeResponseHead,
  decodeTrailers,
  encodeRequestHead,
  encodeResponseHead,
  encodeTrailers,
} from './http/head.ts';
import type { RequestHead, ResponseHead } from './http/index.ts';
import { createFrameDecoder, DEFAULT_TUNNEL_LIMITS, encodeFrame, type Frame } from './index.ts';

interface Vectors {
  readonly frames: readonly { name: string; type: number; streamId: number; payloadHex: string; bytesHex: string }[];
  readonly refused: readonly { name: string; bytesHex: string; code: string }[];
  readonly requestHeads: readonly { name: string; value: RequestHead; payloadHex: string }[];
  readonly responseHeads: readonly { name: string; value: ResponseHead; payloadHex: string }[];
  readonly trailers: readonly { name: string; value: readonly string[]; payloadHex: string }[];
  readonly refusedHeads: readonly { name: string; payloadHex: string }[];
  readonly batches: readonly { name: string; framesHex: string; messageHex: string }[];
  readonly refusedBatches: readonly { name: string; messageHex: string }[];
}

const vectors = JSON.parse(readFileSync(new URL('../testdata/frames.json', import.meta.url), 'utf8')) as Vectors;
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function decode(bytes: Uint8Array, chunkBytes: number): Frame[] {
  const frames: Frame[] = [];
  const decoder = createFrameDecoder(DEFAULT_TUNNEL_LIMITS, (type, streamId, payload) => {
    frames.push({ type, streamId, payload: Buffer.from(payload) });
    return true;
  });
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) decoder.push(bytes.subarray(at, at + chunkBytes));
  expect(decoder.pendingBytes).toBe(0);
  return frames;
}

describe('the vectors of frames', () => {
  for (const { name, type, streamId, payloadHex, bytesHex } of vectors.frames) {
    it(`encodes and decodes ${name}, whole and one byte at a time`, () => {
      const frame = { type, streamId, payload: hex(payloadHex) };
      expect(toHex(encodeFrame(frame))).toBe(bytesHex);
      expect(decode(hex(bytesHex), 1 << 20)).toEqual([frame]);
      expect(decode(hex(bytesHex), 1)).toEqual([frame]);
    });
  }

  it('decodes all of them from one sequence, split at every byte and not at all', () => {
    const bytes = hex(vectors.frames.map((vector) => vector.bytesHex).join(''));
    const want = vectors.frames.map(({ type, streamId, payloadHex }) => ({ type, streamId, payload: hex(payloadHex) }));
    for (const chunkBytes of [1, 2, 3, 7, 8, 9, 1 << 20]) expect(decode(bytes, chunkBytes)).toEqual(want);
  });

  for (const { name, bytesHex, code } of vectors.refused) {
    it(`SEC-D07 refuses ${name}, before any payload, whole and one byte at a time`, () => {
      for (const chunkBytes of [1, 1 << 20]) {
        expect(() => decode(hex(bytesHex), chunkBytes)).toThrow(expect.objectContaining({ code }));
      }
    });
  }
});

describe('the vectors of heads', () => {
  for (const { name, value, payloadHex } of vectors.requestHeads) {
    it(`encodes and decodes ${name}`, () => {
      expect(toHex(encodeRequestHead(value))).toBe(payloadHex);
      expect(decodeRequestHead(hex(payloadHex))).toEqual(value);
    });
  }
  for (const { name, value, payloadHex } of vectors.responseHeads) {
    it(`encodes and decodes the response ${name}`, () => {
      expect(toHex(encodeResponseHead(value))).toBe(payloadHex);
      expect(decodeResponseHead(hex(payloadHex))).toEqual(value);
    });
  }
  for (const { name, value, payloadHex } of vectors.trailers) {
    it(`encodes and decodes trailers: ${name}`, () => {
      expect(toHex(encodeTrailers(value))).toBe(payloadHex);
      expect(decodeTrailers(hex(payloadHex))).toEqual(value);
    });
  }
  for (const { name, payloadHex } of vectors.refusedHeads) {
    it(`SEC-D07 refuses as a request head: ${name}`, () => {
      expect(() => decodeRequestHead(hex(payloadHex))).toThrow(
        expect.objectContaining({ code: 'ERR_TUNNEL_PROTOCOL' }),
      );
    });
  }

  it('refuses to encode text that no head can carry', () => {
    const [vector] = vectors.requestHeads;
    for (const target of ['/a\r\nb', '/\0', '/\u010a', '/\x7f']) {
      expect(() => encodeRequestHead({ ...(vector?.value as RequestHead), target })).toThrow(
        expect.objectContaining({ code: 'ERR_TUNNEL_PROTOCOL' }),
      );
    }
  });

  it('refuses a status outside 100 to 599', () => {
    for (const status of [0, 99, 600]) {
      expect(() => decodeResponseHead(encodeResponseHead({ status, headers: [] }))).toThrow(/status is/);
    }
  });
});

describe('the vectors of batches', () => {
  for (const { name, framesHex, messageHex } of vectors.batches) {
    it(`seals and opens ${name}`, () => {
      expect(toHex(sealBatch(Buffer.concat([Buffer.alloc(5), hex(framesHex)])))).toBe(messageHex);
      expect(toHex(openBatch(hex(messageHex)))).toBe(framesHex);
    });
  }
  for (const { name, messageHex } of vectors.refusedBatches) {
    it(`SEC-D07 refuses a batch with ${name}`, () => {
      expect(() => openBatch(hex(messageHex))).toThrow(expect.objectContaining({ code: 'ERR_TUNNEL_PROTOCOL' }));
    });
  }
});
