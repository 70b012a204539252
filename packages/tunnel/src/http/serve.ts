import type { RawHeaders } from '@sallyport/core';
import { type ResetCode, TunnelError } from '../errors.ts';
import type { StreamHandler, TunnelOptions, TunnelStream } from '../tunnel.ts';
import type { RequestHead, ResponseHead, ServedExchange, ServedExchangeHandler } from './exchange.ts';
import { decodeRequestHead, decodeTrailers, encodeResponseHead, encodeTrailers } from './head.ts';

/** Takes one exchange: reads the head, and returns what handles the rest. May respond or reset before it returns. */
export type AcceptExchange = (head: RequestHead, exchange: ServedExchange) => ServedExchangeHandler;

/**
 * Makes the `onStream` of a tunnel whose streams carry HTTP. A stream whose head can't be read is reset with `internal`
 * and never reaches `accept`.
 */
export function createExchangeServer(accept: AcceptExchange): NonNullable<TunnelOptions['onStream']> {
  return (header, stream) => {
    let head: RequestHead;
    try {
      head = decodeRequestHead(header);
    } catch (error) {
      if (!(error instanceof TunnelError)) throw error;
      stream.reset('internal', error.message);
      return IGNORE;
    }
    const exchange = new AcceptedExchange(stream);
    exchange.handler = accept(head, exchange);
    return exchange;
  };
}

const IGNORE: StreamHandler = { onData() {}, onEnd() {}, onReset() {} };

const IGNORE_EXCHANGE: ServedExchangeHandler = { onData() {}, onEnd() {}, onReset() {}, onRenew() {} };

/** Handle and stream handler in one object: one allocation per request. */
class AcceptedExchange implements ServedExchange, StreamHandler {
  handler: ServedExchangeHandler = IGNORE_EXCHANGE;
  readonly #stream: TunnelStream;

  constructor(stream: TunnelStream) {
    this.#stream = stream;
  }

  respond(head: ResponseHead): void {
    try {
      this.#stream.sendHead(encodeResponseHead(head));
    } catch (error) {
      // The opener must learn that it was the head, not the tunnel; the server that answers must stop its upstream.
      const isTooLarge = error instanceof TunnelError && error.code === 'ERR_TUNNEL_FRAME_TOO_LARGE';
      this.#stream.reset(isTooLarge ? 'headTooLarge' : 'internal', error instanceof Error ? error.message : '');
      throw error;
    }
  }

  write(chunk: Uint8Array): boolean {
    return this.#stream.write(chunk);
  }

  end(trailers?: RawHeaders): void {
    this.#stream.end(encodeTrailers(trailers));
  }

  reset(code: ResetCode, message?: string): void {
    this.#stream.reset(code, message);
  }

  consumed(bytes: number): void {
    this.#stream.consumed(bytes);
  }

  onData(chunk: Uint8Array): void {
    this.handler.onData(chunk);
  }

  onEnd(payload: Uint8Array): void {
    let trailers: RawHeaders;
    try {
      trailers = decodeTrailers(payload);
    } catch (error) {
      if (!(error instanceof TunnelError)) throw error;
      this.#stream.reset('internal', error.message);
      this.handler.onReset(error);
      return;
    }
    this.handler.onEnd(trailers);
  }

  onReset(error: TunnelError): void {
    this.handler.onReset(error);
  }

  onDrain(): void {
    this.handler.onDrain?.();
  }

  onRenew(payload: Uint8Array): void {
    this.handler.onRenew(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('latin1'));
  }
}
