import type { Writable } from 'node:stream';
import { Fifo } from '../fifo.ts';
import { CompactQueue, isWorthKeeping } from './compact-queue.ts';
import type { ExchangeBody } from './exchange-body.ts';

/** Options of {@link deliverTo}. */
export interface DeliveryOptions {
  /** Called instead of `target.end()` once every byte has been written: for trailers, or to keep the target open. */
  readonly onEnd?: () => void;
  /** The target broke off before its end; the exchange has been reset with `cancelled`. */
  readonly onAborted?: (error: Error | undefined) => void;
}

/** Where the bytes of an exchange go. */
export interface Delivery {
  /** Call it from the handler's `onData`. */
  data(chunk: Uint8Array): void;
  /** Call it from the handler's `onEnd`. */
  end(): void;
  /** Forgets what waits and leaves the target alone; call it from the handler's `onReset`. Idempotent. */
  stop(): void;
}

/** Writes under way in the target above which bytes wait with us. */
const MAX_WRITES = 64;
/** The same for small chunks, which take little room only while they wait with us. */
const MAX_SMALL_WRITES = 2;

/**
 * Delivers an exchange's bytes into a writable: a response, an HTTP/2 stream, a socket. Credit goes back when the
 * target has written the bytes, so a slow target stops its own stream and nothing else.
 */
export function deliverTo(target: Writable, exchange: ExchangeBody, options: DeliveryOptions = {}): Delivery {
  const writes = new Fifo<number>();
  const waiting = new CompactQueue();
  let isEnding = false;
  let isDone = false;

  function onWritten(error?: Error | null): void {
    const bytes = writes.shift();
    if (isDone || bytes === undefined) return;
    if (error) {
      abort(error);
      return;
    }
    exchange.consumed(bytes);
    if (writes.length >= MAX_SMALL_WRITES) return;
    while (writes.length < MAX_WRITES) {
      const chunk = waiting.shift();
      if (chunk === undefined) break;
      write(chunk);
    }
    if (isEnding && waiting.isEmpty) finish();
  }
  function write(chunk: Uint8Array): void {
    writes.push(chunk.byteLength);
    target.write(chunk, onWritten);
  }
  function finish(): void {
    stop();
    if (options.onEnd === undefined) target.end();
    else options.onEnd();
  }
  function abort(error: Error | undefined): void {
    if (isDone) return;
    stop();
    exchange.reset('cancelled');
    options.onAborted?.(error);
  }
  function onClose(): void {
    abort(undefined);
  }
  function stop(): void {
    isDone = true;
    waiting.clear();
    target.off('close', onClose);
    // The listener for errors stays: one that comes after the end must not bring the process down.
  }

  target.on('error', abort);
  target.on('close', onClose);
  if (target.destroyed) queueMicrotask(onClose);
  return {
    data(chunk) {
      if (isDone) return;
      const room = isWorthKeeping(chunk) ? MAX_WRITES : MAX_SMALL_WRITES;
      if (waiting.isEmpty && writes.length < room) write(chunk);
      else waiting.push(chunk);
    },
    end() {
      if (isDone) return;
      isEnding = true;
      // The target keeps the order itself: only what waits with us must be written first.
      if (waiting.isEmpty) finish();
    },
    stop,
  };
}
