/**
 * For those who write a sink or a blob store of their own: what is relied on, as data, for any test runner. For those who write a
 * verifier: logs that are signed as a server signs them.
 *
 * @packageDocumentation
 */
export type { BlobStoreConformanceCase } from './blob-store-conformance.ts';
export { blobStoreConformance } from './blob-store-conformance.ts';
export type { AuditSinkConformanceCase, AuditSinkUnderTest } from './conformance.ts';
export { auditSinkConformance } from './conformance.ts';
export { anAuditEvent } from './fixtures.ts';
export type { LogSigner, SignedLogEntry } from './signed-log.ts';
export { aLogEntry, aSignedBundle, createLogSigner } from './signed-log.ts';
