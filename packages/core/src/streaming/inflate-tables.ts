/** A canonical Huffman code (RFC 1951, section 3.2.2): how many codes of each width, and their symbols in order. */
export interface HuffmanTable {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

/**
 * Builds the code whose symbol `i` has `widths[i]` bits.
 * @throws Error when more codes are asked for than their widths have room for
 */
export function createHuffmanTable(widths: Uint8Array): HuffmanTable {
  const counts = new Uint16Array(16);
  for (const width of widths) counts[width] = (counts[width] as number) + 1;
  counts[0] = 0;
  let left = 1;
  for (let width = 1; width <= 15; width++) {
    left = left * 2 - (counts[width] as number);
    if (left < 0) throw new Error('compressed data has an oversubscribed code');
  }
  const offsets = new Uint16Array(16);
  for (let width = 1; width < 15; width++) {
    offsets[width + 1] = (offsets[width] as number) + (counts[width] as number);
  }
  const symbols = new Uint16Array(widths.length);
  for (let symbol = 0; symbol < widths.length; symbol++) {
    const width = widths[symbol] as number;
    if (width === 0) continue;
    const offset = offsets[width] as number;
    symbols[offset] = symbol;
    offsets[width] = offset + 1;
  }
  return { counts, symbols };
}

function fixedLiteralWidths(): Uint8Array {
  return new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280);
}

/** Literal and length code of blocks of type 1 (RFC 1951, section 3.2.6). */
export const FIXED_LITERALS: HuffmanTable = createHuffmanTable(fixedLiteralWidths());

/** Distance code of blocks of type 1. */
export const FIXED_DISTANCES: HuffmanTable = createHuffmanTable(new Uint8Array(30).fill(5));
