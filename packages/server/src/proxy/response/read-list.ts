import { isCodedError } from '@sallyport/core';
import type { ByteSource, Reading } from './byte-source.ts';
import type { Element, Judge } from './judge.ts';
import { skipValue } from './scan-json.ts';
import { readText, textOf } from './scan-members.ts';
import type { Emit } from './transform.ts';
import { unreadable } from './unreadable.ts';

const OPEN_BRACE = Buffer.from('{');
const CLOSE_BRACE = Buffer.from('}\n');
const OPEN_BRACKET = Buffer.from('[');
const CLOSE_BRACKET = Buffer.from(']');
const COMMA = Buffer.from(',');
const BYTE = {
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  openBracket: 0x5b,
  closeBracket: 0x5d,
  openBrace: 0x7b,
  closeBrace: 0x7d,
};

/** Members of a Status, which is what deleting a collection may answer with instead of a list. */
const STATUS_MEMBERS: ReadonlySet<string> = new Set(['status', 'message', 'reason', 'details', 'code']);

/** What the document says of itself. Members come in any order: a list of custom objects has its kind behind its items. */
interface Heading {
  kind?: string;
  apiVersion?: string;
  readonly seen: Set<string>;
}

/**
 * Reads a list of any kind, or a Table, and emits it with the elements that may be seen. Elements are held one at a time.
 * @throws ServerError `ERR_PROXY_ANSWER_UNREADABLE` for anything else, and for members that no list has
 */
export function* readList(source: ByteSource, judge: Judge, emit: Emit): Reading {
  const heading: Heading = { seen: new Set() };
  const front = createFront(emit);
  yield* source.expect(BYTE.openBrace);
  front.emit(OPEN_BRACE);
  for (;;) {
    const name = yield* readName(source);
    if (heading.seen.has(name)) throw unreadable(`the member ${quote(name)} comes twice`);
    if (heading.seen.size > 0) front.emit(COMMA);
    heading.seen.add(name);
    front.emit(Buffer.from(`${JSON.stringify(name)}:`));
    if (name === 'items' || name === 'rows') {
      if (heading.kind !== undefined && heading.apiVersion !== undefined) assertList(heading);
      front.release();
      yield* readElements(source, emit, judge, name === 'items' ? itemsOf(judge, heading) : rowsOf(judge));
    } else {
      front.emit(yield* readMember(source, name, heading, judge));
    }
    const next = yield* source.peek();
    source.advanceTo(source.at + 1);
    if (next === BYTE.closeBrace) break;
    if (next !== BYTE.comma) throw unreadable('it is no JSON');
  }
  assertList(heading);
  if ((yield* source.peek()) !== undefined) throw unreadable('something follows its end');
  front.release();
  emit(CLOSE_BRACE);
}

/** Holds what comes before the elements, so that a document which turns out to be no list can be refused whole. */
function createFront(emit: Emit) {
  let held: Uint8Array[] | undefined = [];
  return {
    emit(piece: Uint8Array): void {
      if (held === undefined) emit(piece);
      else held.push(Buffer.from(piece));
    },
    release(): void {
      for (const piece of held ?? []) emit(piece);
      held = undefined;
    },
  };
}

function* readName(source: ByteSource): Reading<string> {
  if ((yield* source.peek()) !== BYTE.quote) throw unreadable('it is no JSON');
  const { from, end } = yield* readValue(source);
  const name = readText(source.bytes, from, end);
  yield* source.expect(BYTE.colon);
  return name;
}

/** Reads one whole value, strictly. The bytes are good until the reading stops for more. */
export function* readValue(source: ByteSource): Reading<{ readonly from: number; readonly end: number }> {
  if ((yield* source.peek()) === undefined) throw unreadable('it ends in the middle');
  const end = yield* source.findEnd();
  const from = source.at;
  if (skipValue(source.bytes, from, end) !== end) throw unreadable('it is no JSON');
  source.advanceTo(end);
  return { from, end };
}

function* readMember(source: ByteSource, name: string, heading: Heading, judge: Judge): Reading<Uint8Array> {
  const { from, end } = yield* readValue(source);
  const { bytes } = source;
  switch (name) {
    case 'kind':
      heading.kind = readText(bytes, from, end);
      break;
    case 'apiVersion':
      heading.apiVersion = readText(bytes, from, end);
      break;
    case 'metadata':
      if (judge.isFiltering) return openMetadata(JSON.parse(textOf(bytes, from, end)));
      break;
    case 'columnDefinitions':
      break;
    default:
      if (heading.kind === 'Status' && STATUS_MEMBERS.has(name)) break;
      throw unreadable(`lists have no member ${quote(name)}`);
  }
  return bytes.subarray(from, end);
}

/** Metadata of a list without the number of items that are still to come: it counts those that are hidden too. */
export function openMetadata(metadata: unknown): Uint8Array {
  const { selfLink, resourceVersion, continue: token } = (metadata ?? {}) as Readonly<Record<string, unknown>>;
  return Buffer.from(JSON.stringify({ selfLink, resourceVersion, continue: token }));
}

/** Reads and shows the elements of one array. */
interface Elements {
  read(bytes: Uint8Array, from: number, limit: number): Element;
  show(bytes: Uint8Array, from: number, element: Element): Uint8Array;
}

function itemsOf(judge: Judge, heading: Heading): Elements {
  return {
    read: judge.readObject,
    show: (bytes, from, element) => judge.showObject(bytes, from, element, heading.kind),
  };
}

function rowsOf(judge: Judge): Elements {
  return { read: judge.readRow, show: judge.showRow };
}

function* readElements(source: ByteSource, emit: Emit, judge: Judge, elements: Elements): Reading {
  if ((yield* source.peek()) !== BYTE.openBracket) {
    const { from, end } = yield* readValue(source);
    // An empty list of Go is null.
    if (textOf(source.bytes, from, end) !== 'null') throw unreadable('its elements are no list');
    return emit(source.bytes.subarray(from, end));
  }
  source.advanceTo(source.at + 1);
  emit(OPEN_BRACKET);
  if ((yield* source.peek()) === BYTE.closeBracket) {
    source.advanceTo(source.at + 1);
    return emit(CLOSE_BRACKET);
  }
  let isEmpty = true;
  for (;;) {
    yield* source.peek();
    const element = readAhead(source, elements) ?? (yield* readWhole(source, elements));
    if (judge.admits(element)) {
      if (!isEmpty) emit(COMMA);
      emit(elements.show(source.bytes, source.at, element));
      isEmpty = false;
    }
    source.advanceTo(element.end);
    const next = yield* source.peek();
    source.advanceTo(source.at + 1);
    if (next === BYTE.closeBracket) return emit(CLOSE_BRACKET);
    if (next !== BYTE.comma) throw unreadable('it is no JSON');
  }
}

/** Most elements lie whole in what has come, and are read in one pass. One that does not is looked at again with its rest. */
function readAhead(source: ByteSource, elements: Elements): Element | undefined {
  try {
    return elements.read(source.bytes, source.at, source.end);
  } catch (error) {
    if (isCodedError(error)) return undefined;
    throw error;
  }
}

function* readWhole(source: ByteSource, elements: Elements): Reading<Element> {
  const end = yield* source.findEnd();
  const element = elements.read(source.bytes, source.at, end);
  if (element.end !== end) throw unreadable('it is no JSON');
  return element;
}

/** @throws ServerError when what is known by now is no list */
function assertList({ kind, apiVersion, seen }: Heading): void {
  if (isTable(kind, apiVersion)) {
    if (!seen.has('items')) return;
  } else if (!seen.has('rows')) {
    if (kind === 'Status' ? !seen.has('items') : kind?.endsWith('List')) return;
  }
  throw unreadable(`an object of kind ${quote(kind ?? '')} is no list`);
}

/** Whether a document is a Table of the API server, and not somebody's object of that kind. */
export function isTable(kind: string | undefined, apiVersion: string | undefined): boolean {
  return kind === 'Table' && apiVersion?.startsWith('meta.k8s.io/') === true;
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 64));
}
