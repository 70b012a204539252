import type { RawHeaders } from '@sallyport/core';
import type { ResetCode, TunnelError } from '../errors.ts';

/** What an OPEN frame of an HTTP request says. */
export interface RequestHead {
  readonly method: string;
  /** Path and query as they go upstream. */
  readonly target: string;
  /** Headers for upstream without any identity: the agent adds that itself, from the capability. */
  readonly headers: RawHeaders;
  /** The request switches protocols: after HEAD with status 101, DATA is raw bytes both ways. */
  readonly upgrade: boolean;
  /** Signed statement of who may act as whom; see `@sallyport/core/credentials`. */
  readonly capability: string;
  /** Id of the decision, for logs and audit only. Unsigned. */
  readonly decisionId: string;
}

/** What a HEAD frame says. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: RawHeaders;
}

/** The side that opened the exchange (the server). All callbacks come in order; see `StreamHandler`. */
export interface ExchangeHandler {
  onHead(head: ResponseHead): void;
  onData(chunk: Uint8Array): void;
  onEnd(trailers: RawHeaders): void;
  onReset(error: TunnelError): void;
  onDrain?(): void;
}

/** Handle of an exchange that we opened. */
export interface Exchange {
  write(chunk: Uint8Array): boolean;
  end(trailers?: RawHeaders): void;
  reset(code: ResetCode, message?: string): void;
  /** Replaces the capability before it ends. */
  renew(capability: string): void;
  consumed(bytes: number): void;
}

/** The side that serves the exchange (the agent). */
export interface ServedExchangeHandler {
  onData(chunk: Uint8Array): void;
  onEnd(trailers: RawHeaders): void;
  onReset(error: TunnelError): void;
  onDrain?(): void;
  onRenew(capability: string): void;
}

/** Handle of an exchange that we serve. */
export interface ServedExchange {
  respond(head: ResponseHead): void;
  write(chunk: Uint8Array): boolean;
  end(trailers?: RawHeaders): void;
  reset(code: ResetCode, message?: string): void;
  consumed(bytes: number): void;
}
