import { malformed, skipKey, skipSpace, skipString, skipValue } from './scan-json.ts';
import { unreadable } from './unreadable.ts';

/** Names of members that are looked for. */
export interface MemberNames {
  readonly texts: readonly string[];
  readonly bytes: readonly Uint8Array[];
}

/** Where values lie: start and end of the one with name 0, of the one with name 1, …; -1 for those that are missing. */
export type Ranges = Int32Array;

/** Prepares names for {@link scanMembers}. */
export function memberNames<const Names extends readonly string[]>(...texts: Names): MemberNames {
  return { texts, bytes: texts.map((text) => Buffer.from(text)) };
}

/** Room for the ranges of `names`. */
export function rangesFor(names: MemberNames): Ranges {
  return new Int32Array(names.texts.length * 2);
}

/** Members of a member, noted in the same pass. */
export interface Inside {
  /** Index of the member in the names around it. */
  readonly index: number;
  readonly names: MemberNames;
  readonly ranges: Ranges;
}

/**
 * Reads one JSON object that starts at `from`, notes where the values of `names` lie, and returns the index behind it. The
 * members of `inside` are noted where that value is an object.
 * A name that is looked for and comes twice is refused: readers differ on which one counts.
 * @throws ServerError `ERR_PROXY_ANSWER_UNREADABLE`, also when the object goes on behind `end`
 */
export function scanMembers(
  bytes: Uint8Array,
  from: number,
  end: number,
  names: MemberNames,
  ranges: Ranges,
  inside?: Inside,
): number {
  ranges.fill(-1);
  inside?.ranges.fill(-1);
  if (from >= end || bytes[from] !== 0x7b) throw unreadable('something is no object that should be one');
  let at = skipSpace(bytes, from + 1, end);
  if (bytes[at] === 0x7d && at < end) return at + 1;
  for (;;) {
    const valueAt = skipKey(bytes, at, end);
    const index = indexOfName(bytes, at, end, names);
    const isInside = inside !== undefined && index === inside.index && bytes[valueAt] === 0x7b;
    if (index >= 0 && ranges[index * 2] !== -1) throw unreadable(`the member "${names.texts[index]}" comes twice`);
    const valueEnd = isInside
      ? scanMembers(bytes, valueAt, end, inside.names, inside.ranges)
      : skipValue(bytes, valueAt, end);
    if (index >= 0) {
      ranges[index * 2] = valueAt;
      ranges[index * 2 + 1] = valueEnd;
    }
    at = skipSpace(bytes, valueEnd, end);
    if (at < end && bytes[at] === 0x7d) return at + 1;
    if (at >= end || bytes[at] !== 0x2c) throw malformed();
    at = skipSpace(bytes, at + 1, end);
  }
}

/** Which of `names` the string at `at` is; -1 for none. The string was read before. */
export function indexOfName(bytes: Uint8Array, at: number, end: number, names: MemberNames): number {
  for (let i = 0; i < names.bytes.length; i++) if (isText(bytes, at, names.bytes[i] as Uint8Array)) return i;
  const close = skipString(bytes, at, end);
  if (!hasEscape(bytes, at, close)) return -1;
  return names.texts.indexOf(readText(bytes, at, close));
}

/**
 * Reads a JSON string.
 * @throws ServerError `ERR_PROXY_ANSWER_UNREADABLE` for a value that is none
 */
export function readText(bytes: Uint8Array, from: number, end: number): string {
  if (bytes[from] !== 0x22) throw unreadable('something is no text that should be one');
  const text = textOf(bytes, from + 1, end - 1);
  return text.includes('\\') ? (JSON.parse(textOf(bytes, from, end)) as string) : text;
}

/** Bytes as text. */
export function textOf(bytes: Uint8Array, from: number, end: number): string {
  return (bytes as Buffer).toString('utf8', from, end);
}

function isText(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  const { length } = text;
  if (bytes[at + length + 1] !== 0x22) return false;
  for (let i = 0; i < length; i++) if (bytes[at + 1 + i] !== text[i]) return false;
  return true;
}

function hasEscape(bytes: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i++) if (bytes[i] === 0x5c) return true;
  return false;
}
