import { Fifo } from '../fifo.ts';

/** Chunks up to this size are copied together. */
const SMALL_CHUNK_BYTES = 8 * 1024;
const BLOCK_BYTES = 64 * 1024;
/** A view may keep so many times its own size alive. */
const MAX_RETENTION = 8;
/** Headers of the batch and of grpc, which also lie in a view's buffer. */
const RETENTION_SLACK_BYTES = 512;

/** Whether a view may wait as it is: it is large, and a fair part of the buffer it keeps alive. */
export function isWorthKeeping(chunk: Uint8Array): boolean {
  const bytes = chunk.byteLength;
  return bytes >= SMALL_CHUNK_BYTES && (bytes + RETENTION_SLACK_BYTES) * MAX_RETENTION >= chunk.buffer.byteLength;
}

/**
 * Bytes that wait for a slow consumer. A view of a batch keeps the whole batch alive and costs an object of its own, so
 * that a window of one-byte frames would hold a thousand times its size: small chunks, and views that are a small part
 * of their buffer, are copied into blocks.
 */
export class CompactQueue {
  readonly #chunks = new Fifo<Uint8Array>();
  #block: Buffer | undefined;
  #used = 0;

  get isEmpty(): boolean {
    return this.#chunks.length === 0 && this.#used === 0;
  }

  push(chunk: Uint8Array): void {
    const bytes = chunk.byteLength;
    if (isWorthKeeping(chunk)) {
      this.#seal();
      this.#chunks.push(chunk);
      return;
    }
    let from = 0;
    while (from < bytes) {
      this.#block ??= Buffer.allocUnsafeSlow(BLOCK_BYTES);
      const take = Math.min(bytes - from, BLOCK_BYTES - this.#used);
      this.#block.set(chunk.subarray(from, from + take), this.#used);
      this.#used += take;
      from += take;
      if (this.#used === BLOCK_BYTES) this.#seal();
    }
  }

  shift(): Uint8Array | undefined {
    if (this.#chunks.length === 0) this.#seal();
    return this.#chunks.shift();
  }

  clear(): void {
    this.#chunks.clear();
    this.#block = undefined;
    this.#used = 0;
  }

  #seal(): void {
    if (this.#block === undefined || this.#used === 0) return;
    this.#chunks.push(this.#block.subarray(0, this.#used));
    this.#block = undefined;
    this.#used = 0;
  }
}
