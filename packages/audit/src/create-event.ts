import { createId } from '@sallyport/core';
import { AUDIT_CATALOGUE, type AuditEventCode } from './catalogue/catalogue.ts';
import type { AuditDetailValue, AuditEvent, AuditFacts } from './event.ts';

/**
 * Makes an event with a fresh id. `at` is in milliseconds since 1970. Its severity is that of the catalogue unless `facts` state
 * another one.
 */
export function createAuditEvent<Code extends AuditEventCode>(
  code: Code,
  at: number,
  facts: AuditFacts<Code>,
): AuditEvent<Code> {
  const event: unknown = {
    id: createId('auditEvent', at),
    code,
    at: new Date(at),
    severity: AUDIT_CATALOGUE[code].severity,
    ...facts,
  };
  // Its parts are those of the code; that their sum is the event of the code is beyond what generics can show.
  return event as AuditEvent<Code>;
}

/** The details of an event of whatever code. Empty when it has none. */
export function detailsOf(event: AuditEvent): Readonly<Record<string, AuditDetailValue | undefined>> {
  return event.details ?? {};
}
