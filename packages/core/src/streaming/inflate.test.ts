import { constants, createDeflate } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInflater } from './inflate.ts';

type Settings = { level: number; strategy: number };

/** Compresses each message with its own flush, over one stream, as the peers of a connection do. */
async function deflateAll(messages: readonly Uint8Array[], settings: Settings, dictionary: Uint8Array) {
  const deflate = createDeflate({ ...settings, dictionary });
  const blocks: Buffer[] = [];
  let pending: Buffer[] = [];
  deflate.on('data', (chunk: Buffer) => pending.push(chunk));
  for (const message of messages) {
    await new Promise<void>((resolve) => {
      deflate.write(message);
      deflate.flush(constants.Z_SYNC_FLUSH, () => resolve());
    });
    blocks.push(Buffer.concat(pending));
    pending = [];
  }
  deflate.destroy();
  return blocks;
}

const dictionary = Buffer.from('the quick brown fox jumps over the lazy dog');
const message = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc.lorem({ maxCount: 60 }).map((text) => new Uint8Array(Buffer.from(text))),
  fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 5_000 })).map(([byte, count]) => new Uint8Array(count).fill(byte)),
);
const settings = fc.record({
  level: fc.constantFrom(0, 1, 6, 9),
  strategy: fc.constantFrom(constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED, constants.Z_HUFFMAN_ONLY, constants.Z_RLE),
});

describe('createInflater', () => {
  it('decodes what zlib compresses, message by message, with every block type', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 8 }), settings, async (messages, how) => {
        const [first, ...rest] = await deflateAll(messages, how, dictionary);
        const inflater = createInflater(dictionary);
        // Two bytes of zlib header and four of dictionary id precede the first block.
        const decoded = [first?.subarray(6) ?? Buffer.alloc(0), ...rest].map((block) =>
          Buffer.from(inflater.inflate(block, 10_000)).toString('hex'),
        );
        expect(decoded).toEqual(messages.map((original) => Buffer.from(original).toString('hex')));
      }),
      { numRuns: 150 },
    );
  });

  it('keeps matching back over a window of 32 KiB', async () => {
    const messages = Array.from({ length: 40 }, (_, i) => new Uint8Array(Buffer.from(`${'x'.repeat(2_000)}${i}`)));
    const [first, ...rest] = await deflateAll(messages, { level: 9, strategy: 0 }, dictionary);
    const inflater = createInflater(dictionary);
    for (const [i, block] of [first?.subarray(6) ?? Buffer.alloc(0), ...rest].entries()) {
      expect(Buffer.from(inflater.inflate(block, 10_000))).toEqual(Buffer.from(messages[i] ?? []));
    }
  });

  it('SEC-F04 stops at the output limit instead of unpacking a bomb', async () => {
    const [bomb] = await deflateAll([new Uint8Array(5_000_000)], { level: 9, strategy: 0 }, dictionary);
    expect(() => createInflater(dictionary).inflate(bomb?.subarray(6) ?? Buffer.alloc(0), 65_536)).toThrow(
      'decompressed data exceeds 65536 bytes',
    );
  });

  it('survives any bytes: it decodes or throws, and never yields more than the limit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          expect(createInflater().inflate(bytes, 4_096).length).toBeLessThanOrEqual(4_096);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          expect((error as Error).message).toMatch(/^(compressed|decompressed|stored)/);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
