import { createHuffmanTable, FIXED_DISTANCES, FIXED_LITERALS, type HuffmanTable } from './inflate-tables.ts';

/**
 * Synchronous, stateful DEFLATE decoder (RFC 1951) for streams that are flushed after every message, as SPDY header
 * blocks are. The platform's own is asynchronous, which would force every frame behind a header block to wait in a
 * queue; header blocks are a few dozen bytes, so speed does not matter here.
 */
export interface Inflater {
  /**
   * Decodes one flushed piece and returns its output.
   * @throws Error when the data is corrupt, ends inside a block, or yields more than the limit
   */
  inflate(compressed: Uint8Array, maxOutputBytes: number): Uint8Array;
}

const WINDOW_BYTES = 32_768;
const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1_025, 1_537, 2_049, 3_073, 4_097,
  6_145, 8_193, 12_289, 16_385, 24_577,
];
const DISTANCE_EXTRA = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Creates a decoder whose window begins with `dictionary`. */
export function createInflater(dictionary: Uint8Array = new Uint8Array(0)): Inflater {
  let output = dictionary.slice();
  let length = output.length;
  let begin = 0;
  let limit = 0;

  let input: Uint8Array = new Uint8Array(0);
  let at = 0;
  let bits = 0;
  let bitCount = 0;

  function take(count: number): number {
    while (bitCount < count) {
      if (at >= input.length) throw new Error('compressed data ends inside a block');
      bits |= (input[at++] as number) << bitCount;
      bitCount += 8;
    }
    const value = bits & ((1 << count) - 1);
    bits >>>= count;
    bitCount -= count;
    return value;
  }

  function decodeSymbol(table: HuffmanTable): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let width = 1; width <= 15; width++) {
      code |= take(1);
      const count = table.counts[width] as number;
      if (code - count < first) return table.symbols[index + (code - first)] as number;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new Error('compressed data has an unknown code');
  }

  function emit(byte: number): void {
    if (length - begin >= limit) throw new Error(`decompressed data exceeds ${limit} bytes`);
    if (length === output.length) {
      const grown = new Uint8Array(Math.max(1_024, output.length * 2));
      grown.set(output);
      output = grown;
    }
    output[length++] = byte;
  }

  function copyStored(): void {
    bits = 0;
    bitCount = 0;
    const count = take(16);
    if (take(16) !== (~count & 0xffff)) throw new Error('stored block has a wrong length');
    if (at + count > input.length) throw new Error('compressed data ends inside a block');
    for (let i = 0; i < count; i++) emit(input[at++] as number);
  }

  function copyCompressed(literals: HuffmanTable, distances: HuffmanTable): void {
    for (;;) {
      const symbol = decodeSymbol(literals);
      if (symbol < 256) {
        emit(symbol);
        continue;
      }
      if (symbol === 256) return;
      const lengthCode = symbol - 257;
      const base = LENGTH_BASE[lengthCode];
      if (base === undefined) throw new Error('compressed data has an unknown length');
      const count = base + take(LENGTH_EXTRA[lengthCode] as number);
      const distanceCode = decodeSymbol(distances);
      const distanceBase = DISTANCE_BASE[distanceCode];
      if (distanceBase === undefined) throw new Error('compressed data has an unknown distance');
      const distance = distanceBase + take(DISTANCE_EXTRA[distanceCode] as number);
      if (distance > length) throw new Error('compressed data points before its window');
      for (let i = 0; i < count; i++) emit(output[length - distance] as number);
    }
  }

  function copyDynamic(): void {
    const literalCount = take(5) + 257;
    const distanceCount = take(5) + 1;
    const codeCount = take(4) + 4;
    const widths = new Uint8Array(19);
    for (let i = 0; i < codeCount; i++) widths[CODE_LENGTH_ORDER[i] as number] = take(3);
    const codes = createHuffmanTable(widths);
    const all = new Uint8Array(literalCount + distanceCount);
    for (let i = 0; i < all.length; ) {
      const symbol = decodeSymbol(codes);
      if (symbol < 16) {
        all[i++] = symbol;
        continue;
      }
      if (symbol === 16 && i === 0) throw new Error('compressed data repeats nothing');
      const value = symbol === 16 ? (all[i - 1] as number) : 0;
      const repeat = symbol === 16 ? 3 + take(2) : symbol === 17 ? 3 + take(3) : 11 + take(7);
      if (i + repeat > all.length) throw new Error('compressed data repeats beyond its table');
      all.fill(value, i, i + repeat);
      i += repeat;
    }
    copyCompressed(createHuffmanTable(all.subarray(0, literalCount)), createHuffmanTable(all.subarray(literalCount)));
  }

  function inflateBlock(): void {
    if (take(1) === 1) throw new Error('compressed stream ends, though its connection goes on');
    const type = take(2);
    if (type === 0) copyStored();
    else if (type === 1) copyCompressed(FIXED_LITERALS, FIXED_DISTANCES);
    else if (type === 2) copyDynamic();
    else throw new Error('compressed data has a reserved block type');
  }

  return {
    inflate(compressed, maxOutputBytes) {
      if (length > WINDOW_BYTES) {
        output.copyWithin(0, length - WINDOW_BYTES, length);
        length = WINDOW_BYTES;
      }
      begin = length;
      limit = maxOutputBytes;
      input = compressed;
      at = 0;
      while (at < input.length) inflateBlock();
      return output.slice(begin, length);
    },
  };
}
