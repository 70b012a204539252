import { type AuditEventId, createId } from '@sallyport/core';
import type { AuditEvent } from '../event.ts';

/** A `proxy.request.started` event with a fresh id. */
export function anAuditEvent(overrides: Partial<AuditEvent> = {}): AuditEvent {
  return {
    id: createId('auditEvent') satisfies AuditEventId,
    code: 'proxy.request.started',
    at: new Date('2026-01-01T00:00:00Z'),
    severity: 'info',
    ...overrides,
  };
}
