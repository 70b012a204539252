import { memberNames, rangesFor, readText, scanMembers, textOf } from './scan-members.ts';
import { unreadable } from './unreadable.ts';

/** What the answer says of one object, as far as it decides who may see it. Empty strings where it says nothing. */
export interface ObjectFacts {
  readonly kind: string;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly name: string;
  /** Read only when they are wanted. */
  readonly labels: Readonly<Record<string, string>>;
  /** Index behind the object. */
  readonly end: number;
}

const OBJECT = memberNames('kind', 'apiVersion', 'metadata');
const METADATA = memberNames('name', 'namespace', 'labels');
const objectRanges = rangesFor(OBJECT);
const metadataRanges = rangesFor(METADATA);
const INSIDE = { index: OBJECT.texts.indexOf('metadata'), names: METADATA, ranges: metadataRanges };
const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});

/**
 * Reads the facts of the JSON object that starts at `from` in `bytes`, and checks that it is one sound object that ends
 * before `limit`. Only members of the object itself and of its metadata count, whatever lies deeper or in strings.
 * @throws ServerError `ERR_PROXY_ANSWER_UNREADABLE`
 */
export function readObjectFacts(bytes: Uint8Array, from: number, limit: number, wantsLabels: boolean): ObjectFacts {
  const end = scanMembers(bytes, from, limit, OBJECT, objectRanges, INSIDE);
  const metadataAt = objectRanges[4] as number;
  if (metadataAt >= 0 && bytes[metadataAt] !== 0x7b && !isNull(bytes, metadataAt)) {
    throw unreadable('metadata are no object');
  }
  return {
    kind: textAt(bytes, objectRanges, 0),
    apiVersion: textAt(bytes, objectRanges, 1),
    name: textAt(bytes, metadataRanges, 0),
    namespace: textAt(bytes, metadataRanges, 1),
    labels: wantsLabels ? labelsAt(bytes, metadataRanges[4] as number, metadataRanges[5] as number) : NO_LABELS,
    end,
  };
}

/** Whether the value at `at` is `null`. The value was read before. */
export function isNull(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x6e;
}

function textAt(bytes: Uint8Array, ranges: Int32Array, index: number): string {
  const from = ranges[index * 2] as number;
  return from < 0 || isNull(bytes, from) ? '' : readText(bytes, from, ranges[index * 2 + 1] as number);
}

function labelsAt(bytes: Uint8Array, from: number, end: number): Readonly<Record<string, string>> {
  if (from < 0 || isNull(bytes, from)) return NO_LABELS;
  const labels: unknown = JSON.parse(textOf(bytes, from, end));
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) throw unreadable('labels are no object');
  if (!Object.values(labels).every((value) => typeof value === 'string')) throw unreadable('labels are no text');
  return labels as Readonly<Record<string, string>>;
}
