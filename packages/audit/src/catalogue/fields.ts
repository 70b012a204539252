import type { AuditField } from './entry.ts';

/** An id, a code or an address that says which. */
export function identifier(description: string) {
  return { type: 'string', classification: 'identifier', description } as const satisfies AuditField;
}

/** Several ids or codes. */
export function identifiers(description: string) {
  return { type: 'strings', classification: 'identifier', description } as const satisfies AuditField;
}

/** A word of a fixed list, a duration, or another text that the server itself made. */
export function word(description: string) {
  return { type: 'string', classification: 'fact', description } as const satisfies AuditField;
}

/** Several words of a fixed list. */
export function words(description: string) {
  return { type: 'strings', classification: 'fact', description } as const satisfies AuditField;
}

/** An instant in ISO 8601. */
export function instant(description: string) {
  return { type: 'string', classification: 'fact', description } as const satisfies AuditField;
}

/** A number. */
export function count(description: string) {
  return { type: 'number', classification: 'fact', description } as const satisfies AuditField;
}

/** A claim that holds or not. */
export function flag(description: string) {
  return { type: 'boolean', classification: 'fact', description } as const satisfies AuditField;
}

/** What people call a person or a thing. */
export function called(description: string) {
  return { type: 'string', classification: 'name', description } as const satisfies AuditField;
}

/** What people call several persons or things. */
export function calledAll(description: string) {
  return { type: 'strings', classification: 'name', description } as const satisfies AuditField;
}

/** Words that a caller wrote. */
export function freeText(description: string) {
  return { type: 'string', classification: 'freeText', description } as const satisfies AuditField;
}

/** JSON of a resource or of a part of one. */
export function document(description: string) {
  return { type: 'string', classification: 'document', description } as const satisfies AuditField;
}

/** A detail that not every event of the code has. */
export function optional<const Field extends AuditField>(field: Field): Field & { readonly optional: true } {
  return { ...field, optional: true };
}
