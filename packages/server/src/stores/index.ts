/**
 * State of the server: organizations, people, clusters, roles, keys, tokens and the audit log, in the embedded database or in
 * PostgreSQL, behind the one contract {@link Store}.
 *
 * @packageDocumentation
 */
export { createStoreAuditSink } from './audit-sink.ts';
export type { SnapshotRead, SnapshotUpdates } from './change-feed.ts';
export type * from './contracts.ts';
export { ENCRYPTION_KEY_BYTES } from './envelope.ts';
export type { StoreErrorCode } from './errors.ts';
export { StoreError } from './errors.ts';
export type { IdempotencyRows, IdempotentAnswer } from './idempotency-rows.ts';
export type * from './key-contracts.ts';
export { KEY_PURPOSES } from './key-contracts.ts';
export type * from './local-contracts.ts';
export type { StoreLocation, StoreOptions } from './open-store.ts';
export { openStore } from './open-store.ts';
export type * from './records.ts';
export type { SnapshotRecord, SnapshotRecords, SnapshotTopic } from './snapshot-topics.ts';
