import { AuditError } from './errors.ts';
import type { AuditEvent } from './event.ts';
import { redactAuditEvent } from './redact.ts';

/** Longest line that {@link formatAuditEvent} makes for an ordinary event, in characters. Longer ones are cut. */
export const MAX_EVENT_CHARACTERS = 65_536;
/** Length to which each text of an event above {@link MAX_EVENT_CHARACTERS} is cut, in characters. */
const MAX_TEXT_CHARACTERS = 1_024;
/** Length to which each list of such an event is cut. 500 groups (a full directory entry) stay whole. */
const MAX_LIST_ITEMS = 512;

// JSON escapes C0 only. These move a cursor or reorder text when a line is shown in a terminal.
const UNSAFE_TO_SHOW = /[\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
// As JSON.stringify writes NUL and lone surrogates: jsonb columns take neither.
const UNSAFE_TO_STORE = /\\u(?:0000|d[89a-f])/;
const UNSTORABLE = /[\0\p{Surrogate}]/gu;

/** Lines of events that are still under way: every sink asks for the same one. */
const formatted = new WeakMap<AuditEvent, string>();

/**
 * The JSON form of an event, on one line and without its line end: without what looks like a secret, dates as ISO 8601, control
 * and bidirectional characters escaped, NUL and broken Unicode replaced by U+FFFD. An event that would be longer than 65 536
 * characters has each of its texts cut to 1 024 characters (they then end in `…`) and each list to 512 items: an event is never
 * lost for its size.
 */
export function formatAuditEvent(event: AuditEvent): string {
  const known = formatted.get(event);
  if (known !== undefined) return known;
  const line = format(event);
  formatted.set(event, line);
  return line;
}

/** JSON of parts that several events have in common: the request of its start and its end, the person of many. */
const writtenParts = new WeakMap<object, string>();

function format(event: AuditEvent): string {
  // Before anything is cut: half a token is one still.
  const safe = redactAuditEvent(event);
  let line = write(safe);
  if (line.length > MAX_EVENT_CHARACTERS) line = JSON.stringify(safe, cut);
  if (UNSAFE_TO_STORE.test(line)) line = JSON.stringify(JSON.parse(line), repair);
  return escapeUnsafe(line);
}

/** As `JSON.stringify` writes it, but each part only once. */
function write(event: AuditEvent): string {
  let line = '';
  for (const [name, value] of Object.entries(event)) {
    if (value !== undefined) line += `${line === '' ? '{' : ','}"${name}":${writePart(value)}`;
  }
  return `${line}}`;
}

function writePart(part: unknown): string {
  if (typeof part !== 'object' || part === null || part instanceof Date) return JSON.stringify(part);
  const known = writtenParts.get(part);
  if (known !== undefined) return known;
  const written = JSON.stringify(part);
  writtenParts.set(part, written);
  return written;
}

/** Escapes in JSON what JSON leaves and what would move a cursor or reorder text where it is shown. */
export function escapeUnsafe(json: string): string {
  return json.replace(UNSAFE_TO_SHOW, escapeCharacter);
}

/**
 * Reads what {@link formatAuditEvent} wrote; takes text or parsed JSON. Checks the envelope (id, code, time), not every field.
 * @throws AuditError `ERR_AUDIT_EVENT_MALFORMED`
 */
export function parseAuditEvent(json: unknown): AuditEvent {
  try {
    const value = (typeof json === 'string' ? JSON.parse(json) : json) as Record<string, unknown> | null;
    const at = new Date(String(value?.['at']));
    if (typeof value?.['id'] === 'string' && typeof value['code'] === 'string' && !Number.isNaN(at.getTime())) {
      return { ...value, at } as unknown as AuditEvent;
    }
  } catch (cause) {
    throw new AuditError({ code: 'ERR_AUDIT_EVENT_MALFORMED', message: 'audit event is not JSON', cause });
  }
  throw new AuditError({ code: 'ERR_AUDIT_EVENT_MALFORMED', message: 'audit event lacks an id, a code or a time' });
}

/**
 * Reads a line that {@link formatAuditEvent} wrote, and remembers it as the written form of the event.
 * @throws AuditError `ERR_AUDIT_EVENT_MALFORMED`
 */
export function parseFormattedEvent(line: string): AuditEvent {
  const event = parseAuditEvent(line);
  formatted.set(event, line);
  return event;
}

function cut(_key: string, value: unknown): unknown {
  if (typeof value === 'string' && value.length > MAX_TEXT_CHARACTERS) return `${value.slice(0, MAX_TEXT_CHARACTERS)}…`;
  if (Array.isArray(value) && value.length > MAX_LIST_ITEMS) return value.slice(0, MAX_LIST_ITEMS);
  return value;
}

function repair(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replace(UNSTORABLE, '\ufffd') : value;
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
