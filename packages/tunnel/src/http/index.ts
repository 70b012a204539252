/**
 * HTTP requests, responses and upgrades over tunnel streams. `openExchange` on the server's side, `serveExchanges` on
 * the agent's. See `PROTOCOL.md`, "HTTP over a stream".
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
