const INITIAL_BYTES = 1_024;

/** A buffer that grows by doubling, so that a payload sent byte by byte costs its own size and no more. */
export interface ByteQueue {
  readonly length: number;
  append(bytes: Uint8Array): void;
  /** Hands the collected bytes over and starts anew. */
  take(): Uint8Array;
}

/** Creates an empty {@link ByteQueue}. */
export function createByteQueue(): ByteQueue {
  let buffer = new Uint8Array(0);
  let length = 0;
  return {
    get length() {
      return length;
    },
    append(bytes) {
      const needed = length + bytes.length;
      if (needed > buffer.length) {
        const grown = new Uint8Array(Math.max(needed, buffer.length * 2, INITIAL_BYTES));
        grown.set(buffer.subarray(0, length));
        buffer = grown;
      }
      buffer.set(bytes, length);
      length = needed;
    },
    take() {
      const taken = buffer.subarray(0, length);
      buffer = new Uint8Array(0);
      length = 0;
      return taken;
    },
  };
}

/** One array out of several. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** No bytes at all. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);
