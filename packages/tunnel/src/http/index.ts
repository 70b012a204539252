/**
 * HTTP requests, responses and upgrades over tunnel streams: {@link openExchange} on the server's side,
 * {@link createExchangeServer} on the agent's. Heads are carried as they are; that they say what they may is for the
 * ends to check. See `PROTOCOL.md`, section 9.
 *
 * @packageDocumentation
 */
export type {
  Exchange,
  ExchangeHandler,
  RequestHead,
  ResponseHead,
  ServedExchange,
  ServedExchangeHandler,
} from './exchange.ts';
export { openExchange } from './open.ts';
export type { AcceptExchange } from './serve.ts';
export { createExchangeServer } from './serve.ts';
