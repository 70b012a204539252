/**
 * The TLS link, which carries batches on the connection itself, without gRPC and HTTP/2: {@link dialTlsLink} for an agent,
 * {@link createTlsGateway} for a server, on the port of its gRPC gateway. See `PROTOCOL.md`, section 11.
 *
 * @packageDocumentation
 */
export type { DialTlsOptions } from './dial.ts';
export { dialTlsLink } from './dial.ts';
export { createTlsGateway, TLS_LINK_PROTOCOL } from './gateway.ts';
