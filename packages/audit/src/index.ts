/**
 * Audit events and their way to the places that keep them.
 *
 * {@link createAuditPipeline} puts order, batches and delivery guarantees in front of any {@link AuditSink}; a sink is two
 * methods. Sinks that come along have entry points of their own (`./sinks/file`, `./sinks/memory`); `./testing` proves
 * another one. An {@link AuditEvent} never holds a secret or a body, and {@link formatAuditEvent} is its one written form.
 *
 * @packageDocumentation
 */
export type { AuditErrorCode } from './errors.ts';
export { AuditError } from './errors.ts';
export type {
  AuditChange,
  AuditDecision,
  AuditEvent,
  AuditEventCode,
  AuditOutcome,
  AuditPatchOperation,
  AuditPrincipal,
  AuditRequest,
} from './event.ts';
export { formatAuditEvent, MAX_EVENT_CHARACTERS, parseAuditEvent } from './format-event.ts';
export type { AuditPipelineOptions, AuditRoute } from './pipeline.ts';
export { createAuditPipeline } from './pipeline.ts';
export type { AuditPipeline, AuditSink, Delivery } from './sink.ts';
