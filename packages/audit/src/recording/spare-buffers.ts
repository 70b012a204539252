/** Buffers of chunks that are used again. What is thrown away by the MiB has V8 look through its whole heap again and again. */
export interface SpareBuffers {
  /** A buffer of at least so many bytes, with anything in it. */
  take(byteCount: number): Uint8Array<ArrayBuffer>;
  /** Takes back what nobody reads or writes any more, or a part of it. */
  give(buffer: Uint8Array<ArrayBuffer>): void;
}

/** Options of {@link createSpareBuffers}. */
export interface SpareBuffersOptions {
  /** Of each buffer. Default 1 MiB and 4 KiB: a chunk, with what stands around it when it is sealed. */
  readonly bytes?: number;
  /** Most buffers that are kept; others are left to the garbage collection. Default 32. */
  readonly most?: number;
}

/** Makes spare buffers, which any number of recordings may share. */
export function createSpareBuffers({ bytes = 1_052_672, most = 32 }: SpareBuffersOptions = {}): SpareBuffers {
  const spare: Uint8Array<ArrayBuffer>[] = [];
  return {
    take(byteCount) {
      if (byteCount > bytes / 2 && byteCount <= bytes) return spare.pop() ?? new Uint8Array(bytes);
      return new Uint8Array(byteCount);
    },
    give({ buffer }) {
      if (buffer.byteLength === bytes && spare.length < most) spare.push(new Uint8Array(buffer));
    },
  };
}

/** Keeps none. */
export const NO_SPARE_BUFFERS: SpareBuffers = { take: (byteCount) => new Uint8Array(byteCount), give() {} };
