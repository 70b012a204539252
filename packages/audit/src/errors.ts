import { CodedError } from '@sallyport/core';

/** Codes of `@sallyport/audit`. */
export type AuditErrorCode =
  /** An event could not be delivered as its class demands: a sink failed, took too long, or its queue is full. */
  | 'ERR_AUDIT_UNDELIVERED'
  /** A sink can't open, write, rotate or flush what it stands on, or was closed. */
  | 'ERR_AUDIT_SINK'
  /** Text that should be an audit event is not one. */
  | 'ERR_AUDIT_EVENT_MALFORMED';

/** Error of `@sallyport/audit`. */
export class AuditError extends CodedError<AuditErrorCode> {}
