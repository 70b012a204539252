import { type Clock, systemClock } from '@sallyport/core';
import type { Link } from '../link.ts';

/** Options of {@link createMemoryLinkPair}. */
export interface MemoryLinkOptions {
  /** One-way delay of each batch, and of the end of the link, in milliseconds. Default 0. */
  readonly latencyMs?: number;
  /** Drives `latencyMs`. Default: the machine's clock. */
  readonly clock?: Clock;
}

/** Makes two links that are joined in this process: for tests, and for a server and an agent in one program. */
export function createMemoryLinkPair(options: MemoryLinkOptions = {}): readonly [Link, Link] {
  const { latencyMs = 0, clock = systemClock } = options;
  const later = (deliver: () => void) => {
    if (latencyMs === 0) queueMicrotask(deliver);
    else clock.setTimeout(deliver, latencyMs);
  };
  const left = new MemoryLink(later);
  const right = new MemoryLink(later);
  left.peer = right;
  right.peer = left;
  return [left, right];
}

class MemoryLink implements Link {
  peer: MemoryLink | undefined;
  readonly #later: (deliver: () => void) => void;
  #early: Uint8Array[] = [];
  #onBatch: ((batch: Uint8Array) => void) | undefined;
  #onClose: ((error?: Error) => void) | undefined;
  /** Set once the link has ended, with what `onClose` is told. */
  #ended: { readonly error: Error | undefined } | undefined;
  #isClosing = false;

  constructor(later: (deliver: () => void) => void) {
    this.#later = later;
  }

  send(batch: Uint8Array, done: (error?: Error) => void): void {
    if (this.#isClosing) {
      this.#later(() => done(new Error('link is closed')));
      return;
    }
    this.#later(() => {
      this.peer?.receive(batch);
      done();
    });
  }

  onBatch(listener: (batch: Uint8Array) => void): void {
    this.#onBatch = listener;
    for (const batch of this.#early.splice(0)) listener(batch);
  }

  onClose(listener: (error?: Error) => void): void {
    this.#onClose = listener;
    if (this.#ended !== undefined) listener(this.#ended.error);
  }

  close(reason?: Error): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#later(() => {
      this.finish(reason);
      this.peer?.finish(reason);
    });
  }

  receive(batch: Uint8Array): void {
    if (this.#ended !== undefined) return;
    if (this.#onBatch === undefined) this.#early.push(batch);
    else this.#onBatch(batch);
  }

  finish(error: Error | undefined): void {
    if (this.#ended !== undefined) return;
    this.#isClosing = true;
    this.#ended = { error };
    this.#onClose?.(error);
  }
}
