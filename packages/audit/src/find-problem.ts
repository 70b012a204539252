import { findCatalogueEntry } from './catalogue/catalogue.ts';
import type { AuditFieldType } from './catalogue/entry.ts';
import { detailsOf } from './create-event.ts';
import type { AuditDetailValue, AuditEvent } from './event.ts';

/**
 * Says what of an event is not as the catalogue has it: its code, a detail that is missing, unknown or of another type. `undefined`
 * when all is. For those who check what they have read or written; nothing is refused for it on its way.
 */
export function findAuditProblem(event: AuditEvent): string | undefined {
  const { code } = event;
  const fields = findCatalogueEntry(code)?.fields;
  if (fields === undefined) return `the catalogue has no code ${code}`;
  const details = detailsOf(event);
  for (const [name, value] of Object.entries(details)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) return `${code} has no detail ${name}`;
    if (value !== undefined && !isOf(field.type, value)) return `the detail ${name} of ${code} is no ${field.type}`;
  }
  for (const [name, { optional }] of Object.entries(fields)) {
    if (optional !== true && details[name] === undefined) return `${code} lacks the detail ${name}`;
  }
  return undefined;
}

function isOf(type: AuditFieldType, value: AuditDetailValue): boolean {
  if (type !== 'strings') return typeof value === type;
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
