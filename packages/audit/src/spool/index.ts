/**
 * A queue of audit events on the local disk, between the requests that wait for their events to be safe and a database that
 * takes them in batches. What a crash left in it is read by the next process.
 *
 * @packageDocumentation
 */
export type { SpoolPosition } from './segments.ts';
export type { AuditSpool, SpoolBatch, SpoolOptions } from './spool.ts';
export { openSpool } from './spool.ts';
