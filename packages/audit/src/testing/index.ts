/**
 * For those who write a sink of their own: what the pipeline relies on, as data. Works with any test runner.
 *
 * @packageDocumentation
 */
export type { BlobStoreConformanceCase } from './blob-store-conformance.ts';
export { blobStoreConformance } from './blob-store-conformance.ts';
export type { AuditSinkConformanceCase, AuditSinkUnderTest } from './conformance.ts';
export { auditSinkConformance } from './conformance.ts';
export { anAuditEvent } from './fixtures.ts';
