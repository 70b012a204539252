/**
 * Text that holds any bytes. What is valid UTF-8 stands as it is; every other byte `b` (0x80 to 0xFF) becomes the character
 * U+10FE00 + b, of a private plane that nothing is assigned in. Such a character in the output itself is written byte by byte
 * in the same way, so that the bytes always come back.
 */
const ESCAPE_BASE = 0x10fe00;
const FIRST_ESCAPE = ESCAPE_BASE + 0x80;
const LAST_ESCAPE = ESCAPE_BASE + 0xff;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Text of `bytes`. */
export function bytesToText(bytes: Uint8Array): string {
  try {
    const text = strict.decode(bytes);
    if (!mayHoldEscapes(text)) return text;
  } catch {
    // Not UTF-8 throughout: read on byte by byte.
  }
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const size = sequenceBytes(bytes, at);
    if (size > 0) {
      // Runs of valid text at once.
      let end = at;
      for (let next = size; next > 0; next = sequenceBytes(bytes, end)) end += next;
      text += strict.decode(bytes.subarray(at, end));
      at = end;
    } else {
      text += String.fromCodePoint(ESCAPE_BASE + (bytes[at] as number));
      at++;
    }
  }
  return text;
}

/** The bytes that {@link bytesToText} made `text` of. */
export function textToBytes(text: string): Uint8Array {
  if (!mayHoldEscapes(text)) return encoder.encode(text);
  const parts: Uint8Array[] = [];
  let plain = '';
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code < FIRST_ESCAPE || code > LAST_ESCAPE) {
      plain += character;
      continue;
    }
    if (plain !== '') parts.push(encoder.encode(plain));
    plain = '';
    parts.push(Uint8Array.of(code - ESCAPE_BASE));
  }
  if (plain !== '') parts.push(encoder.encode(plain));
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Bytes at the end of `bytes` that begin a character which may be completed by what follows: 0 to 3. */
export function unfinishedBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return leadLength(byte) > back ? back : 0;
  }
  return 0;
}

// U+10FE80 to U+10FEFF as UTF-16: a high surrogate that only the last 1,024 characters of all have.
function mayHoldEscapes(text: string): boolean {
  return text.includes('\udbff');
}

function leadLength(byte: number): number {
  if (byte >= 0xc2 && byte <= 0xdf) return 2;
  if (byte >= 0xe0 && byte <= 0xef) return 3;
  return byte >= 0xf0 && byte <= 0xf4 ? 4 : 0;
}

/** Length of the valid character at `at` (RFC 3629), or 0 when its bytes are to be escaped. */
function sequenceBytes(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first === undefined) return 0;
  if (first < 0x80) return 1;
  const size = leadLength(first);
  if (size === 0 || at + size > bytes.length) return 0;
  let code = first & (0xff >> (size + 1));
  for (let i = 1; i < size; i++) {
    const next = bytes[at + i] as number;
    if ((next & 0xc0) !== 0x80) return 0;
    code = (code << 6) | (next & 0x3f);
  }
  const isOverlong = (size === 3 && code < 0x800) || (size === 4 && code < 0x10000);
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  const isEscape = code >= FIRST_ESCAPE && code <= LAST_ESCAPE;
  return isOverlong || isSurrogate || isEscape || code > 0x10ffff ? 0 : size;
}
