/**
 * Audit events and their way to the places that keep them.
 *
 * {@link createAuditPipeline} puts order, batches and delivery guarantees in front of any {@link AuditSink}; a sink is two
 * methods. Sinks that come along have entry points of their own (`./sinks/file`, `./sinks/memory`); `./testing` proves
 * another one. An {@link AuditEvent} never holds a secret or a body, and {@link formatAuditEvent} is its one written form.
 *
 * @packageDocumentation
 */
export type { AuditEventCode, AuditFieldsOf } from './catalogue/catalogue.ts';
export { AUDIT_CATALOGUE, codesOfCategory, findCatalogueEntry } from './catalogue/catalogue.ts';
export type {
  AuditCatalogueEntry,
  AuditCategory,
  AuditClassification,
  AuditField,
  AuditFields,
  AuditFieldType,
} from './catalogue/entry.ts';
export { AUDIT_CATEGORIES } from './catalogue/entry.ts';
export type { ChangeSide, JsonObject, ObservedWrite, ResourceName, WrittenBody } from './change/index.ts';
export { CHANGE_LIMITS, type ChangeLimits, describeChange, MASK_TEXT } from './change/index.ts';
export { createAuditEvent, detailsOf } from './create-event.ts';
export type { AuditErrorCode } from './errors.ts';
export { AuditError } from './errors.ts';
export type { AuditDetails, AuditDetailValue, AuditEnvelope, AuditEvent, AuditFacts } from './event.ts';
export type {
  AuditChange,
  AuditDecision,
  AuditOutcome,
  AuditPatchOperation,
  AuditPrincipal,
  AuditRequest,
  AuditSeverity,
} from './event-parts.ts';
export { findAuditProblem } from './find-problem.ts';
export { formatAuditEvent, MAX_EVENT_CHARACTERS, parseAuditEvent } from './format-event.ts';
export { CEF_DEVICE_VERSION, formatCef } from './mappings/cef.ts';
export { formatOcsf, OCSF_VERSION, toOcsf } from './mappings/ocsf.ts';
export type { AuditPipelineOptions, AuditRoute } from './pipeline.ts';
export { createAuditPipeline } from './pipeline.ts';
export { redactAuditEvent, redactText } from './redact.ts';
export type { RequestStage } from './request-event-id.ts';
export { requestEventId } from './request-event-id.ts';
export type { AuditPipeline, AuditSink, Delivery, SinkPosition, SinkWriteOptions } from './sink.ts';
