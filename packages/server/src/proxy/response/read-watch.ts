import type { ByteSource, Reading } from './byte-source.ts';
import type { Element, Judge } from './judge.ts';
import { isNull } from './object-facts.ts';
import { isTable, openMetadata } from './read-list.ts';
import { skipSpace } from './scan-json.ts';
import { memberNames, type Ranges, rangesFor, readText, scanMembers, textOf } from './scan-members.ts';
import type { Emit } from './transform.ts';
import { unreadable } from './unreadable.ts';
import type { WatchedObjects } from './watched-objects.ts';

type Json = Readonly<Record<string, unknown>>;

const EVENT = memberNames('type', 'object');
const TABLE = memberNames('kind', 'apiVersion', 'metadata', 'columnDefinitions', 'rows');

/** What an event turns into for whoever watches a part of the objects; `gone`: DELETED, by what must be known alone. */
type Told = 'ADDED' | 'MODIFIED' | 'DELETED' | 'gone' | undefined;

/**
 * Reads the events of a watch and emits those about objects that may be seen. An object that comes into view is told as
 * ADDED, one that leaves it as DELETED without what it turned into.
 * @throws ServerError `ERR_PROXY_ANSWER_UNREADABLE`, `ERR_PROXY_ANSWER_TOO_LARGE`
 */
export function* readWatch(source: ByteSource, judge: Judge, watched: WatchedObjects | undefined, emit: Emit): Reading {
  const ranges = rangesFor(EVENT);
  const showTable = createTableEvents(judge, watched);
  while ((yield* source.peek()) !== undefined) {
    const end = yield* source.findEnd();
    const { bytes, at } = source;
    if (scanMembers(bytes, at, end, EVENT, ranges) !== end) throw unreadable('it is no JSON');
    const [typeAt, typeEnd, objectAt, objectEnd] = ranges as unknown as readonly [number, number, number, number];
    if (typeAt < 0 || objectAt < 0) throw unreadable('an event has no type or no object');
    const type = readText(bytes, typeAt, typeEnd);
    const element = judge.readObject(bytes, objectAt, objectEnd);
    const { kind = '', apiVersion } = element.facts ?? {};
    let shown: readonly Uint8Array[] | undefined;
    if (type === 'BOOKMARK') shown = [bookmark(JSON.parse(textOf(bytes, objectAt, objectEnd)))];
    else if (type === 'ERROR' && kind === 'Status') shown = event(type, bytes.subarray(objectAt, objectEnd));
    else if (isTable(kind, apiVersion)) shown = showTable(type, bytes, objectAt, objectEnd);
    else shown = showObject(judge, watched, type, element, bytes, objectAt);
    for (const piece of shown ?? []) emit(piece);
    source.advanceTo(end);
  }
}

function showObject(
  judge: Judge,
  watched: WatchedObjects | undefined,
  type: string,
  element: Element,
  bytes: Uint8Array,
  from: number,
): readonly Uint8Array[] | undefined {
  const told = tell(type, element, judge, watched);
  if (told === undefined) return undefined;
  if (told !== 'gone') return event(told, judge.showObject(bytes, from, element));
  return event('DELETED', encode(nameAlone(JSON.parse(textOf(bytes, from, element.end)))));
}

/** Events of Tables. The columns come with the first Table alone, and that one may be about an object that is not shown. */
function createTableEvents(judge: Judge, watched: WatchedObjects | undefined) {
  const ranges = rangesFor(TABLE);
  let columns: Uint8Array | undefined;

  return (type: string, bytes: Uint8Array, from: number, end: number): readonly Uint8Array[] | undefined => {
    scanMembers(bytes, from, end, TABLE, ranges);
    const at = slicer(bytes, ranges);
    if ((ranges[8] as number) < 0) throw unreadable('a table in an event has no rows');
    const ownColumns = at(3);
    if (!isEmptyList(ownColumns)) columns = Buffer.from(ownColumns);
    const rowAt = skipSpace(bytes, (ranges[8] as number) + 1, end);
    if (isEmptyList(at(4))) return undefined;
    const row = judge.readRow(bytes, rowAt, end);
    if (bytes[skipSpace(bytes, row.end, end)] !== CLOSE_BRACKET) throw unreadable('a table in an event has many rows');
    const told = tell(type, row, judge, watched);
    if (told === undefined) return undefined;
    const shown =
      told === 'gone' ? encode(rowAlone(JSON.parse(textOf(bytes, rowAt, row.end)))) : judge.showRow(bytes, rowAt, row);
    const metadata = at(2);
    const table = [
      '"kind":"Table","apiVersion":',
      textOf(bytes, ranges[2] as number, ranges[3] as number),
      metadata === undefined ? '' : `,"metadata":${openMetadata(JSON.parse(metadata.toString())).toString()}`,
      `,"columnDefinitions":${columns?.toString() ?? 'null'},"rows":[`,
    ].join('');
    columns = undefined;
    return event(told === 'gone' ? 'DELETED' : told, Buffer.concat([Buffer.from(`{${table}`), shown, TABLE_END]));
  };
}

const CLOSE_BRACKET = 0x5d;
const TABLE_END = Buffer.from(']}');

function slicer(bytes: Uint8Array, ranges: Ranges) {
  return (index: number): Buffer | undefined => {
    const from = ranges[index * 2] as number;
    return from < 0 ? undefined : (bytes as Buffer).subarray(from, ranges[index * 2 + 1]);
  };
}

function isEmptyList(value: Buffer | undefined): value is undefined {
  return value === undefined || isNull(value, 0) || (value.length < 16 && /^\[\s*\]$/.test(value.toString()));
}

function tell(type: string, element: Element, judge: Judge, watched: WatchedObjects | undefined): Told {
  const told = asTold(type);
  const isVisible = judge.admits(element);
  const { facts } = element;
  if (watched === undefined || facts === undefined) return isVisible ? told : undefined;
  const wasVisible = watched.has(facts);
  if (told === 'DELETED') {
    watched.remove(facts);
    return isVisible ? told : wasVisible ? 'gone' : undefined;
  }
  if (isVisible) {
    if (!wasVisible) watched.add(facts);
    return wasVisible ? told : 'ADDED';
  }
  if (wasVisible) watched.remove(facts);
  return wasVisible ? 'gone' : undefined;
}

function asTold(type: string): 'ADDED' | 'MODIFIED' | 'DELETED' {
  if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') return type;
  throw unreadable(`events of the type ${JSON.stringify(type.slice(0, 64))} are not known`);
}

/** A bookmark says how far the watch has come; of everything else in it nothing goes on. */
function bookmark({ kind, apiVersion, metadata, columnDefinitions }: Json): Uint8Array {
  const { resourceVersion, annotations } = (metadata ?? {}) as Json;
  const own = Object.entries((annotations ?? {}) as Json).filter(([name]) => name.startsWith('k8s.io/'));
  const object = {
    kind,
    apiVersion,
    metadata: {
      resourceVersion,
      creationTimestamp: null,
      ...(own.length > 0 && { annotations: Object.fromEntries(own) }),
    },
    ...(kind === 'Table' && { columnDefinitions, rows: [] }),
  };
  return Buffer.from(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
}

/** What must be said of an object that leaves the view, so that whoever watches can take it out. */
function nameAlone({ kind, apiVersion, metadata }: Json): Json {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = (metadata ?? {}) as Json;
  return { kind, apiVersion, metadata: { name, namespace, uid, resourceVersion, creationTimestamp } };
}

/** A row of which only the name is left. Its columns are known by position, so that their number stays. */
function rowAlone({ cells, object }: Json): Json {
  const open = nameAlone(object as Json);
  const { name } = open['metadata'] as Json;
  const shown = Array.isArray(cells) ? cells.map((cell) => (cell === name ? cell : null)) : [];
  return { cells: shown, object: open };
}

function event(type: string, object: Uint8Array): readonly Uint8Array[] {
  return [Buffer.from(`{"type":"${type}","object":`), object, EVENT_END];
}

const EVENT_END = Buffer.from('}\n');

function encode(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
