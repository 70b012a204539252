import { Fifo } from './fifo.ts';

/** Bytes a stream still has to send: chunks as the writer handed them over, copied once, into the batch. */
export class SendQueue {
  readonly #chunks = new Fifo<Uint8Array>();
  /** Bytes of the first chunk that have left. */
  #offset = 0;

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
  }

  /** Copies the first `bytes` to `target` and forgets them. There must be as many. */
  copyTo(target: Uint8Array, at: number, bytes: number): void {
    let left = bytes;
    let to = at;
    while (left > 0) {
      const chunk = this.#chunks.peek() as Uint8Array;
      const rest = chunk.byteLength - this.#offset;
      if (rest <= left) {
        target.set(this.#offset === 0 ? chunk : chunk.subarray(this.#offset), to);
        this.#chunks.shift();
        this.#offset = 0;
        left -= rest;
        to += rest;
      } else {
        target.set(chunk.subarray(this.#offset, this.#offset + left), to);
        this.#offset += left;
        return;
      }
    }
  }

  clear(): void {
    this.#chunks.clear();
    this.#offset = 0;
  }
}
