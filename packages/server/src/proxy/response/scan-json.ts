import { unreadable } from './unreadable.ts';

/** Deepest nesting that is read; what Go's decoder takes. */
const MAX_DEPTH = 10_000;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const MINUS = 0x2d;

/** Containers around the place that is read; one for all, since a scan never waits. */
const closers = new Uint8Array(MAX_DEPTH);

/**
 * Reads one JSON value (RFC 8259) that starts at `at`, and returns the index behind it. All of it must lie before `end`.
 * Strict: what passes here, every parser reads alike.
 * @throws ServerError `ERR_PROXY_ANSWER_UNREADABLE`
 */
export function skipValue(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  let depth = 0;
  for (;;) {
    const byte = bytes[at];
    let isOpen = false;
    if (byte === QUOTE) {
      at = skipString(bytes, at, end);
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (depth === MAX_DEPTH) throw unreadable(`it is nested deeper than ${MAX_DEPTH} levels`);
      // In ASCII both closers stand two behind their openers.
      closers[depth] = byte + 2;
      depth += 1;
      at = skipSpace(bytes, at + 1, end);
      isOpen = bytes[at] !== byte + 2;
    } else {
      at = skipScalar(bytes, at, end);
    }
    if (!isOpen) {
      if (depth === 0) return at;
      at = skipSpace(bytes, at, end);
      while (at < end && bytes[at] === closers[depth - 1]) {
        depth -= 1;
        at += 1;
        if (depth === 0) return at;
        at = skipSpace(bytes, at, end);
      }
      if (at >= end || bytes[at] !== COMMA) throw malformed();
      at = skipSpace(bytes, at + 1, end);
    }
    if (closers[depth - 1] === CLOSE_BRACE) at = skipKey(bytes, at, end);
    if (at >= end) throw malformed();
  }
}

/** Reads a member's name, which starts at `at`, and the colon; returns where its value starts. */
export function skipKey(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end || bytes[at] !== QUOTE) throw malformed();
  const colon = skipSpace(bytes, skipString(bytes, at, end), end);
  if (colon >= end || bytes[colon] !== COLON) throw malformed();
  return skipSpace(bytes, colon + 1, end);
}

/** Index of the first byte at or behind `at` that is no white space; `end` when there is none. */
export function skipSpace(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) return at;
    at += 1;
  }
  return end;
}

/** Reads a string that starts at `at`, and returns the index behind its closing quote. */
export function skipString(bytes: Uint8Array, from: number, end: number): number {
  let at = from + 1;
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) return at + 1;
    if (byte < 0x20) throw malformed();
    at = byte === BACKSLASH ? skipEscape(bytes, at, end) : at + 1;
  }
  throw malformed();
}

function skipEscape(bytes: Uint8Array, at: number, end: number): number {
  const letter = at + 1 < end ? (bytes[at + 1] as number) : 0;
  switch (letter) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f: // /
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return at + 2;
    case 0x75: // u
      for (let i = at + 2; i < at + 6; i++) if (i >= end || !isHex(bytes[i] as number)) throw malformed();
      return at + 6;
    default:
      throw malformed();
  }
}

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');

function skipScalar(bytes: Uint8Array, at: number, end: number): number {
  const byte = at < end ? (bytes[at] as number) : 0;
  switch (byte) {
    case 0x74:
      return skipWord(bytes, at, end, TRUE);
    case 0x66:
      return skipWord(bytes, at, end, FALSE);
    case 0x6e:
      return skipWord(bytes, at, end, NULL);
    default:
      return skipNumber(bytes, at, end);
  }
}

function skipWord(bytes: Uint8Array, at: number, end: number, word: Uint8Array): number {
  if (at + word.length > end) throw malformed();
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) throw malformed();
  return at + word.length;
}

function skipNumber(bytes: Uint8Array, from: number, end: number): number {
  let at = bytes[from] === MINUS ? from + 1 : from;
  at = at < end && bytes[at] === 0x30 ? at + 1 : skipDigits(bytes, at, end);
  if (at < end && bytes[at] === 0x2e) at = skipDigits(bytes, at + 1, end);
  if (at < end && (bytes[at] === 0x65 || bytes[at] === 0x45)) {
    at += 1;
    if (at < end && (bytes[at] === 0x2b || bytes[at] === MINUS)) at += 1;
    at = skipDigits(bytes, at, end);
  }
  return at;
}

function skipDigits(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && (bytes[at] as number) >= 0x30 && (bytes[at] as number) <= 0x39) at += 1;
  if (at === from) throw malformed();
  return at;
}

function isHex(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}

/** Made once: whoever reads ahead of what has come is told by it too, and its stack is of no use to anybody. */
const MALFORMED = unreadable('it is no JSON');

/** The error of everything that is no JSON. */
export function malformed(): Error {
  return MALFORMED;
}
