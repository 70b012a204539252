import type { RawHeaders } from '@sallyport/core';
import type { ResetCode } from '../errors.ts';

/** What the bridges need of an exchange; `Exchange` and `ServedExchange` both fit. */
export interface ExchangeBody {
  write(chunk: Uint8Array): boolean;
  end(trailers?: RawHeaders): void;
  reset(code: ResetCode, message?: string): void;
  consumed(bytes: number): void;
}
