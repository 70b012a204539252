import type { RawHeaders } from '@sallyport/core';
import { type ResetCode, TunnelError } from '../errors.ts';
import type { StreamHandler, Tunnel, TunnelStream } from '../tunnel.ts';
import type { Exchange, ExchangeHandler, RequestHead } from './exchange.ts';
import { decodeResponseHead, decodeTrailers, encodeRequestHead, encodeTrailers } from './head.ts';

/**
 * Sends a request over the tunnel. Callbacks of `handler` come from the next turn of the event loop on. The request
 * body is open: write to it, and `end` it even when there is none.
 * @throws TunnelError `ERR_TUNNEL_CLOSED`, `ERR_TUNNEL_DRAINING`, `ERR_TUNNEL_TOO_MANY_STREAMS`,
 * `ERR_TUNNEL_FRAME_TOO_LARGE` for a head above the limit, `ERR_TUNNEL_PROTOCOL` for text no head can carry
 */
export function openExchange(tunnel: Pick<Tunnel, 'open'>, head: RequestHead, handler: ExchangeHandler): Exchange {
  const exchange = new OpenedExchange(handler);
  exchange.stream = tunnel.open(encodeRequestHead(head), exchange);
  return exchange;
}

/** Handle and stream handler in one object: one allocation per request. */
class OpenedExchange implements Exchange, StreamHandler {
  stream: TunnelStream | undefined;
  readonly #handler: ExchangeHandler;

  constructor(handler: ExchangeHandler) {
    this.#handler = handler;
  }

  write(chunk: Uint8Array): boolean {
    return this.stream?.write(chunk) ?? true;
  }

  end(trailers?: RawHeaders): void {
    this.stream?.end(encodeTrailers(trailers));
  }

  reset(code: ResetCode, message?: string): void {
    this.stream?.reset(code, message);
  }

  renew(capability: string): void {
    this.stream?.renew(Buffer.from(capability, 'latin1'));
  }

  consumed(bytes: number): void {
    this.stream?.consumed(bytes);
  }

  onHead(payload: Uint8Array): void {
    const head = this.#decode(() => decodeResponseHead(payload));
    if (head !== undefined) this.#handler.onHead(head);
  }

  onData(chunk: Uint8Array): void {
    this.#handler.onData(chunk);
  }

  onEnd(payload: Uint8Array): void {
    const trailers = payload.byteLength === 0 ? [] : this.#decode(() => decodeTrailers(payload));
    if (trailers !== undefined) this.#handler.onEnd(trailers);
  }

  onReset(error: TunnelError): void {
    this.#handler.onReset(error);
  }

  onDrain(): void {
    this.#handler.onDrain?.();
  }

  /** Decodes, or ends the exchange: what the peer says is no HTTP. */
  #decode<T>(decode: () => T): T | undefined {
    try {
      return decode();
    } catch (error) {
      if (!(error instanceof TunnelError)) throw error;
      this.stream?.reset('internal', error.message);
      this.#handler.onReset(error);
      return undefined;
    }
  }
}
