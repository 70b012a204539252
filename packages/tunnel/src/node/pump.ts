import type { Readable } from 'node:stream';
import type { RawHeaders } from '@sallyport/core';
import type { ExchangeBody } from './exchange-body.ts';

/** Options of {@link pumpReadable}. */
export interface PumpOptions {
  /** Asked once the source has ended. Default: no trailers. */
  readonly trailers?: () => RawHeaders;
  /** The source broke off before its end; the exchange has been reset with `cancelled`. */
  readonly onAborted?: (error: Error | undefined) => void;
}

/** A source that flows into an exchange. */
export interface Pump {
  /** Call it from the handler's `onDrain`: the exchange takes bytes again. */
  resume(): void;
  /** Stops reading, for good; the source is left as it is, paused. Idempotent. */
  stop(): void;
}

/**
 * Lets a body flow into an exchange: request body on the server, response body on the agent. Reads only as fast as the
 * peer gives credit. A source that is destroyed before its end resets the exchange.
 */
export function pumpReadable(source: Readable, exchange: ExchangeBody, options: PumpOptions = {}): Pump {
  let isDone = false;

  function onData(chunk: Uint8Array): void {
    if (!exchange.write(chunk)) source.pause();
  }
  function onEnd(): void {
    if (isDone) return;
    finish();
    exchange.end(options.trailers?.());
  }
  function onClose(): void {
    abort(undefined);
  }
  function abort(error: Error | undefined): void {
    if (isDone) return;
    finish();
    exchange.reset('cancelled');
    options.onAborted?.(error);
  }
  function finish(): void {
    isDone = true;
    source.off('data', onData);
    source.off('end', onEnd);
    source.off('close', onClose);
    // The listener for errors stays: one that comes after the end must not bring the process down.
  }

  source.on('error', abort);
  source.on('close', onClose);
  source.on('end', onEnd);
  source.on('data', onData);
  // Neither event comes again.
  if (source.readableEnded) queueMicrotask(onEnd);
  else if (source.destroyed) queueMicrotask(onClose);
  return {
    resume() {
      if (!isDone) source.resume();
    },
    stop() {
      if (isDone) return;
      finish();
      source.pause();
    },
  };
}
