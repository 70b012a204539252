import type { AuditEvent } from './event.ts';
import { REDACTED, SECRET_SHAPES } from './secret-shapes.ts';

/** Shorter texts hold nothing that is worth a search. */
const MIN_SECRET_CHARACTERS = 8;
/** Texts that are known to hold no secret: the names of people, groups and clusters stand in one event after the other. */
const CLEAN_TEXTS = 4_096;
const MAX_KNOWN_CHARACTERS = 256;
const TRACES = new RegExp(SECRET_SHAPES.map(({ trace }) => trace.source).join('|'), 'i');

// Ids of our own, most of which are seen once; no kind of token has this shape.
const ID = /^(?:[a-rt-z][a-z]{2}|ses|snk)_[0-9a-hjkmnp-tv-z]{26}$/;

const cleanTexts = new Set<string>();
/** Events on their way that were looked through: the pipeline, a store and a mapping ask for the same one. */
const cleanEvents = new WeakSet<AuditEvent>();
/** Parts that several events have in common: the request of its start and its end, the person of many. */
const cleanParts = new WeakSet<object>();

/**
 * An event without what looks like a secret in any of its texts: the one place that every event passes before a sink or a store
 * gets it. What is found is replaced by `[redacted]`; an event in which nothing is found is returned itself. That costs about as
 * much as to write it as JSON costs, and less for texts that were seen lately.
 *
 * It is the net below the types, which leave no field for a secret: callers write reasons, user agents and paths themselves, and
 * failures repeat what they were given.
 */
export function redactAuditEvent(event: AuditEvent): AuditEvent {
  if (cleanEvents.has(event)) return event;
  const safe = isCleanEvent(event) ? event : (redactValue(event) as AuditEvent);
  cleanEvents.add(safe);
  return safe;
}

/** A text without what looks like a secret in it; the text itself when there is nothing. */
export function redactText(text: string): string {
  if (isCleanText(text)) return text;
  let redacted = text;
  for (const { trace, pattern, replace = withNothing } of SECRET_SHAPES) {
    if (trace.test(redacted)) redacted = redacted.replace(pattern, replace);
  }
  return redacted;
}

function withNothing(): string {
  return REDACTED;
}

function isCleanEvent(event: AuditEvent): boolean {
  return Object.values(event).every((part) => {
    if (typeof part !== 'object' || part === null) return isClean(part);
    if (cleanParts.has(part)) return true;
    if (!isClean(part)) return false;
    cleanParts.add(part);
    return true;
  });
}

function isClean(value: unknown): boolean {
  if (typeof value === 'string') return isCleanText(value);
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) {
    for (const item of value) if (!isClean(item)) return false;
    return true;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  for (const name in fields) if (!isClean(fields[name])) return false;
  return true;
}

function isCleanText(text: string): boolean {
  if (text.length < MIN_SECRET_CHARACTERS || cleanTexts.has(text) || ID.test(text)) return true;
  if (TRACES.test(text)) return false;
  if (text.length <= MAX_KNOWN_CHARACTERS) {
    if (cleanTexts.size >= CLEAN_TEXTS) cleanTexts.clear();
    cleanTexts.add(text);
  }
  return true;
}

function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(redactValue);
  // Dates, and what writes itself in its own way.
  if ('toJSON' in value) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, redactValue(each)]));
}
