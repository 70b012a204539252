/**
 * Joins exchanges with Node's streams, with backpressure and credit right in both directions: {@link pumpReadable} from
 * a stream, {@link deliverTo} into one, {@link createExchangeDuplex} for upgrades. {@link createHttp2Guard} holds the
 * connections of an HTTP/2 listener to what they may cost.
 *
 * @packageDocumentation
 */
export type { Delivery, DeliveryOptions } from './deliver.ts';
export { deliverTo } from './deliver.ts';
export type { ExchangeDuplex } from './duplex.ts';
export { createExchangeDuplex } from './duplex.ts';
export type { ExchangeBody } from './exchange-body.ts';
export type { CountingSocket, Http2Flood, Http2Guard, Http2GuardOptions, Http2PeerLimits } from './http2-guard.ts';
export { createHttp2Guard, cutSession, HTTP2_PEER_LIMITS } from './http2-guard.ts';
export type { Pump, PumpOptions } from './pump.ts';
export { pumpReadable } from './pump.ts';
