import { Duplex } from 'node:stream';
import type { TunnelError } from '../errors.ts';
import { CompactQueue } from './compact-queue.ts';
import type { ExchangeBody } from './exchange-body.ts';

/** A Node stream over an exchange, and what the exchange's handler has to tell it. */
export interface ExchangeDuplex {
  readonly duplex: Duplex;
  onData(chunk: Uint8Array): void;
  onEnd(): void;
  onReset(error: TunnelError): void;
  onDrain(): void;
}

/**
 * Makes a Duplex of an exchange, for what comes after an upgrade. Works on both sides. Half-close passes: `end()` ends
 * our direction only. Destroying it resets the exchange with `cancelled`, unless both directions have ended.
 */
export function createExchangeDuplex(exchange: ExchangeBody): ExchangeDuplex {
  return new BodyDuplex(exchange);
}

class BodyDuplex extends Duplex implements ExchangeDuplex {
  readonly duplex = this;
  readonly #exchange: ExchangeBody;
  readonly #waiting = new CompactQueue();
  #wantsMore = false;
  #hasEnded = false;
  #hasFinal = false;
  #onDrained: (() => void) | undefined;

  constructor(exchange: ExchangeBody) {
    // One chunk at most lies in the stream's own buffer: the rest waits where small ones are copied together.
    super({ allowHalfOpen: true, readableHighWaterMark: 1 });
    this.#exchange = exchange;
  }

  onData(chunk: Uint8Array): void {
    if (this.destroyed) return;
    if (this.#wantsMore && this.#waiting.isEmpty) this.#deliver(chunk);
    else this.#waiting.push(chunk);
  }

  onEnd(): void {
    this.#hasEnded = true;
    if (this.#waiting.isEmpty) this.push(null);
  }

  onReset(error: TunnelError): void {
    this.destroy(error);
  }

  onDrain(): void {
    const callback = this.#onDrained;
    this.#onDrained = undefined;
    callback?.();
  }

  override _read(): void {
    this.#wantsMore = true;
    while (this.#wantsMore) {
      const chunk = this.#waiting.shift();
      if (chunk === undefined) break;
      this.#deliver(chunk);
    }
    if (this.#hasEnded && this.#waiting.isEmpty) this.push(null);
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (this.#exchange.write(chunk)) callback();
    else this.#onDrained = callback;
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#hasFinal = true;
    this.#exchange.end();
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#waiting.clear();
    this.onDrain();
    // What we have ended may still be under way: only what has not ended is cut off.
    if (!this.#hasFinal || !this.#hasEnded) this.#exchange.reset('cancelled');
    callback(error);
  }

  /** What is in the stream's own buffer counts as taken. */
  #deliver(chunk: Uint8Array): void {
    this.#wantsMore = false;
    // A consumer may ask for more from inside `push`.
    if (this.push(chunk)) this.#wantsMore = true;
    this.#exchange.consumed(chunk.byteLength);
  }
}
