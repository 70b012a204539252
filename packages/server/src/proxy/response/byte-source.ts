import { skipSpace } from './scan-json.ts';
import { tooLarge, unreadable } from './unreadable.ts';

/** A reading that stops wherever bytes are missing, and goes on when there are more. */
export type Reading<Result = void> = Generator<void, Result, void>;

/** Bytes of an answer, as they come, for a {@link Reading}. What was read is forgotten. */
export interface ByteSource {
  /** Bytes that are there. Positions are good until the reading stops for more. */
  readonly bytes: Uint8Array;
  /** Where the next unread byte stands. */
  readonly at: number;
  readonly end: number;
  /** Adds bytes; they are copied. */
  push(chunk: Uint8Array): void;
  /** No more will come. */
  close(): void;
  /** Skips white space and yields the next byte, or `undefined` at the end of the answer. */
  peek(): Reading<number | undefined>;
  /** Reads one byte, which must be `byte`, behind white space. */
  expect(byte: number): Reading;
  /** Finds where the value ends that starts at `at` (see {@link peek}); nothing is read yet, and it need not be sound. */
  findEnd(): Reading<number>;
  /** Counts everything before `position` as read. */
  advanceTo(position: number): void;
}

const INITIAL_BYTES = 64 * 1024;

/**
 * Makes an empty source.
 * @param maxValueBytes largest value that is held for reading
 */
export function createByteSource(maxValueBytes: number): ByteSource {
  let bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  let at = 0;
  let end = 0;
  let isClosed = false;

  /** Moves what is unread to the front, into more room when it would fill most of what there is. */
  function makeRoom(length: number): void {
    const unread = end - at;
    const wanted = Math.ceil((unread + length) * 1.5);
    const target = wanted > bytes.length ? Buffer.allocUnsafe(wanted) : bytes;
    bytes.copy(target, 0, at, end);
    bytes = target;
    at = 0;
    end = unread;
  }

  function* peek(): Reading<number | undefined> {
    for (;;) {
      at = skipSpace(bytes, at, end);
      if (at < end) return bytes[at];
      if (isClosed) return undefined;
      yield;
    }
  }

  return {
    get bytes() {
      return bytes;
    },
    get at() {
      return at;
    },
    get end() {
      return end;
    },
    push(chunk) {
      if (end + chunk.length > bytes.length) makeRoom(chunk.length);
      bytes.set(chunk, end);
      end += chunk.length;
    },
    close() {
      isClosed = true;
    },
    peek,
    *expect(byte) {
      if ((yield* peek()) !== byte) throw unreadable('it is no JSON');
      at += 1;
    },
    *findEnd() {
      const finder = createEndFinder();
      let seen = 0;
      for (;;) {
        const found = finder.find(bytes, at + seen, end);
        seen = (found < 0 ? end : found) - at;
        if (seen > maxValueBytes) throw tooLarge(`one object in it is larger than ${maxValueBytes} bytes`);
        if (found >= 0) return found;
        if (isClosed) {
          if (finder.isScalar) return end;
          throw unreadable('it ends in the middle');
        }
        yield;
      }
    },
    advanceTo(position) {
      at = position;
    },
  };
}

/**
 * Finds the end of a value by its quotes and brackets alone, over as many chunks as it takes. It believes in sound JSON;
 * what it found is then scanned strictly, as one.
 */
function createEndFinder() {
  let depth = 0;
  let inString = false;
  let afterBackslash = false;
  let isScalar = false;

  /** Index behind the closing quote, or -1. */
  function skipText(bytes: Uint8Array, from: number, end: number): number {
    let at = from;
    if (afterBackslash && at < end) {
      at += 1;
      afterBackslash = false;
    }
    while (at < end) {
      const byte = bytes[at] as number;
      if (byte === 0x22) return at + 1;
      at += byte === 0x5c ? 2 : 1;
    }
    afterBackslash = at > end;
    return -1;
  }

  return {
    /** Whether the value is a number or a word, which the end of the answer ends too. */
    get isScalar() {
      return isScalar;
    },
    /** Index behind the value, or -1 when it goes on behind `end`. */
    find(bytes: Uint8Array, from: number, end: number): number {
      let at = from;
      while (at < end) {
        if (inString) {
          at = skipText(bytes, at, end);
          if (at < 0) return -1;
          inString = false;
          if (depth === 0) return at;
          continue;
        }
        const byte = bytes[at] as number;
        if (isScalar) {
          if (byte <= 0x20 || byte === 0x2c || byte === 0x5d || byte === 0x7d) return at;
          at += 1;
        } else if (byte === 0x22) {
          inString = true;
          at += 1;
        } else if ((byte | 0x20) === 0x7b) {
          depth += 1;
          at += 1;
        } else if ((byte | 0x20) === 0x7d) {
          depth -= 1;
          at += 1;
          if (depth <= 0) return at;
        } else {
          if (depth === 0) isScalar = true;
          at += 1;
        }
      }
      return -1;
    },
  };
}
