import { CoreError } from '../errors.ts';
import { createInflater } from './inflate.ts';
import { SPDY_DICTIONARY } from './spdy-dictionary.ts';

/** Names (lower case on the wire) and values in order. Several values of one name are joined by NUL, as SPDY has them. */
export type SpdyHeaders = readonly (readonly [name: string, value: string])[];

/** First value of the header `name` (lower case). */
export function spdyHeader(headers: SpdyHeaders, name: string): string | undefined {
  return headers.find(([key]) => key.toLowerCase() === name)?.[1];
}

/** Limits of {@link createHeaderBlockDecoder}. */
export interface HeaderBlockLimits {
  /** Largest decompressed block, in bytes. Defaults to 64 KiB. */
  readonly maxBlockBytes?: number;
}

/** Reads the header blocks of one direction; its state spans the connection. */
export interface HeaderBlockDecoder {
  /** @throws CoreError `ERR_SPDY_PROTOCOL` */
  decode(compressed: Uint8Array): SpdyHeaders;
  /** Whether a block has passed, so that the stream's zlib header is behind. */
  readonly started: boolean;
}

const ZLIB_HEADER_BYTES = 2;
const DICTIONARY_ID_BYTES = 4;
const HAS_DICTIONARY = 0x20;

function spdyBlockError(message: string, cause?: unknown): CoreError {
  return new CoreError({ code: 'ERR_SPDY_PROTOCOL', message: `header block: ${message}`, cause });
}

/** Creates a decoder for one direction of a connection. Each block must end at a flush, as the protocol demands. */
export function createHeaderBlockDecoder(limits: HeaderBlockLimits = {}): HeaderBlockDecoder {
  const limit = limits.maxBlockBytes ?? 65_536;
  const inflater = createInflater(SPDY_DICTIONARY);
  let started = false;

  function stripZlibHeader(bytes: Uint8Array): Uint8Array {
    const method = bytes[0];
    const flags = bytes[1];
    if (method === undefined || flags === undefined) throw spdyBlockError('is empty');
    if ((method & 0x0f) !== 8 || (method * 256 + flags) % 31 !== 0) throw spdyBlockError('is not a zlib stream');
    const skip = ZLIB_HEADER_BYTES + (flags & HAS_DICTIONARY ? DICTIONARY_ID_BYTES : 0);
    return bytes.subarray(skip);
  }

  return {
    get started() {
      return started;
    },
    decode(compressed) {
      const body = started ? compressed : stripZlibHeader(compressed);
      started = true;
      let block: Uint8Array;
      try {
        block = inflater.inflate(body, limit);
      } catch (cause) {
        throw spdyBlockError(cause instanceof Error ? cause.message : 'is corrupt', cause);
      }
      return parseHeaderBlock(block);
    },
  };
}

/**
 * Reads a decompressed block: a count, then length and bytes for each name and value, all lengths 32 bits.
 * @throws CoreError `ERR_SPDY_PROTOCOL`
 */
export function parseHeaderBlock(block: Uint8Array): SpdyHeaders {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  let at = 0;
  const readNumber = (): number => {
    if (at + 4 > block.length) throw spdyBlockError('ends inside a length');
    at += 4;
    return view.getUint32(at - 4);
  };
  const readText = (): string => {
    const length = readNumber();
    if (at + length > block.length) throw spdyBlockError(`text of ${length} bytes, ${block.length - at} are left`);
    at += length;
    return Buffer.from(block.buffer, block.byteOffset + at - length, length).toString('utf8');
  };
  const count = readNumber();
  // A pair takes at least eight bytes, so a greater count is a lie that must not size anything.
  if (count * 8 > block.length) throw spdyBlockError(`declares ${count} headers in ${block.length} bytes`);
  const headers: [string, string][] = [];
  for (let i = 0; i < count; i++) headers.push([readText(), readText()]);
  if (at !== block.length) throw spdyBlockError(`has ${block.length - at} bytes behind its last header`);
  return headers;
}

/** Writes header blocks of one direction. */
export interface HeaderBlockEncoder {
  encode(headers: SpdyHeaders): Uint8Array;
}

/**
 * Creates an encoder for one direction. It stores without compressing: every decoder reads that, no state needs keeping,
 * and blocks can be put behind those of another encoder once they are flushed (`continuing`).
 */
export function createHeaderBlockEncoder(options: { readonly continuing?: boolean } = {}): HeaderBlockEncoder {
  let started = options.continuing ?? false;
  return {
    encode(headers) {
      const parts: Uint8Array[] = started ? [] : [ZLIB_PREAMBLE];
      started = true;
      let block: Uint8Array = formatHeaderBlock(headers);
      while (block.length > 0) {
        const piece = block.subarray(0, 0xffff);
        block = block.subarray(piece.length);
        const head = Buffer.alloc(5);
        head.writeUInt16LE(piece.length, 1);
        head.writeUInt16LE(~piece.length & 0xffff, 3);
        parts.push(head, piece);
      }
      // Go's decoder hands out what it has only at an empty stored block; without one the next block finds it failed.
      parts.push(SYNC_FLUSH);
      return Buffer.concat(parts);
    },
  };
}

const SYNC_FLUSH = Buffer.from([0x00, 0x00, 0x00, 0xff, 0xff]);

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
}

// CMF 0x78 (deflate, 32 KiB window), FLG 0xbb (dictionary follows), then the dictionary's Adler-32 (RFC 1950).
const ZLIB_PREAMBLE = (() => {
  const bytes = Buffer.from([0x78, 0xbb, 0, 0, 0, 0]);
  bytes.writeUInt32BE(adler32(SPDY_DICTIONARY), 2);
  return bytes;
})();

function formatHeaderBlock(headers: SpdyHeaders): Buffer {
  const parts: Buffer[] = [];
  const pushNumber = (value: number): void => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    parts.push(bytes);
  };
  const pushText = (text: string): void => {
    const bytes = Buffer.from(text, 'utf8');
    pushNumber(bytes.length);
    parts.push(bytes);
  };
  pushNumber(headers.length);
  for (const [name, value] of headers) {
    pushText(name.toLowerCase());
    pushText(value);
  }
  return Buffer.concat(parts);
}
