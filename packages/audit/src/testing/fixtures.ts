import { createId } from '@sallyport/core';
import { AUDIT_CATALOGUE, type AuditEventCode } from '../catalogue/catalogue.ts';
import type { AuditEnvelope, AuditEvent } from '../event.ts';

/**
 * An event with a fresh id, of `proxy.request.started` unless another code is named. Where the catalogue has details for the code
 * that must be there, they are those of its example.
 */
export function anAuditEvent<Code extends AuditEventCode = 'proxy.request.started'>(
  overrides: Partial<AuditEnvelope> & { readonly code?: Code; readonly details?: AuditEvent<Code>['details'] } = {},
): AuditEvent<Code> {
  const { code = 'proxy.request.started' } = overrides;
  const { severity, fields, example } = AUDIT_CATALOGUE[code];
  const isNeeded = Object.values(fields).some((field) => !('optional' in field));
  const event: unknown = {
    id: createId('auditEvent'),
    code,
    at: new Date('2026-01-01T00:00:00Z'),
    severity,
    ...(isNeeded && { details: (example as { readonly details?: unknown }).details }),
    ...overrides,
  };
  return event as AuditEvent<Code>;
}
