/**
 * Joins exchanges with Node's streams, with backpressure and credit right in both directions: {@link pumpReadable} from
 * a stream, {@link deliverTo} into one, {@link createExchangeDuplex} for upgrades.
 *
 * @packageDocumentation
 */
export type { Delivery, DeliveryOptions } from './deliver.ts';
export { deliverTo } from './deliver.ts';
export type { ExchangeDuplex } from './duplex.ts';
export { createExchangeDuplex } from './duplex.ts';
export type { ExchangeBody } from './exchange-body.ts';
export type { Pump, PumpOptions } from './pump.ts';
export { pumpReadable } from './pump.ts';
