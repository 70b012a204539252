import type { AuditPatchOperation } from '../event-parts.ts';
import { isObject, type JsonObject } from './json.ts';
import { type FieldShape, fieldsOf } from './kube-schema.ts';
import { isEqualJson, Masked } from './masked.ts';

/** Lists with more elements than this are compared by place, not by key: moving elements costs their number squared. */
const MAX_KEYED_ITEMS = 500;
const ANY: FieldShape = { kind: 'any' };

/**
 * The JSON Patch (RFC 6902) that leads from one object to the other. Elements of lists that have keys in the schema are
 * compared with the element of the same key, so that the patch speaks of what changed in it; others by their place, after
 * what is alike at both ends. Masked values are compared and not shown.
 *
 * @param type name of the objects' type; `undefined`: not known
 */
export function diffJson(
  before: JsonObject,
  after: JsonObject,
  type: string | undefined,
): readonly AuditPatchOperation[] {
  const operations: AuditPatchOperation[] = [];
  const root: FieldShape = type === undefined ? { kind: 'any' } : { kind: 'type', type };
  diffObjects(before, after, root, '', operations);
  return operations;
}

function diffValues(
  before: unknown,
  after: unknown,
  shape: FieldShape,
  path: string,
  out: AuditPatchOperation[],
): void {
  if (Array.isArray(before) && Array.isArray(after)) diffLists(before, after, shape, path, out);
  else if (before instanceof Masked && after instanceof Masked) diffMasked(before, after, path, out);
  else if (isPlain(before) && isPlain(after)) diffObjects(before, after, shape, path, out);
  else if (!isEqualJson(before, after)) out.push({ op: 'replace', path, value: after });
}

function diffMasked(before: Masked, after: Masked, path: string, out: AuditPatchOperation[]): void {
  if (before.isSame(after)) return;
  const left = before.inner();
  const right = after.inner();
  if (Array.isArray(left) && Array.isArray(right)) diffByPlace(left, right, ANY, path, out);
  else if (isPlain(left) && isPlain(right)) diffObjects(left, right, ANY, path, out);
  else out.push({ op: 'replace', path, value: after });
}

function diffObjects(
  before: JsonObject,
  after: JsonObject,
  shape: FieldShape,
  path: string,
  out: AuditPatchOperation[],
): void {
  const fields = shape.kind === 'type' ? fieldsOf(shape.type) : undefined;
  const inner: FieldShape = shape.kind === 'map' && shape.type !== undefined ? { kind: 'type', type: shape.type } : ANY;
  for (const name of Object.keys(before)) {
    if (!Object.hasOwn(after, name)) out.push({ op: 'remove', path: below(path, name) });
  }
  for (const [name, value] of Object.entries(after)) {
    const at = below(path, name);
    if (Object.hasOwn(before, name)) diffValues(before[name], value, fields?.get(name) ?? inner, at, out);
    else out.push({ op: 'add', path: at, value });
  }
}

function diffLists(
  before: readonly unknown[],
  after: readonly unknown[],
  shape: FieldShape,
  path: string,
  out: AuditPatchOperation[],
): void {
  const keys = shape.kind === 'type' ? shape.listKeys : undefined;
  const left = keys && keyed(before, keys);
  const right = keys && keyed(after, keys);
  if (left === undefined || right === undefined) diffByPlace(before, after, shape, path, out);
  else diffByKey(left, right, shape, path, out);
}

/** An element with what it is told apart by. */
interface KeyedItem {
  readonly key: string;
  readonly value: unknown;
}

/** The elements with their keys; `undefined` when these do not tell them apart. */
function keyed(list: readonly unknown[], keys: readonly string[]): KeyedItem[] | undefined {
  if (list.length > MAX_KEYED_ITEMS) return undefined;
  const seen = new Set<string>();
  const items: KeyedItem[] = [];
  for (const value of list) {
    if (!isPlain(value)) return undefined;
    const parts = keys.map((name) => (Object.hasOwn(value, name) ? value[name] : null));
    if (parts.some((part) => typeof part === 'object' && part !== null)) return undefined;
    const key = JSON.stringify(parts);
    if (seen.has(key)) return undefined;
    seen.add(key);
    items.push({ key, value });
  }
  return items;
}

function diffByKey(
  before: readonly KeyedItem[],
  after: readonly KeyedItem[],
  shape: FieldShape,
  path: string,
  out: AuditPatchOperation[],
): void {
  const wanted = new Set(after.map(({ key }) => key));
  const working = [...before];
  for (let at = working.length - 1; at >= 0; at -= 1) {
    if (wanted.has(working[at]?.key ?? '')) continue;
    out.push({ op: 'remove', path: below(path, at) });
    working.splice(at, 1);
  }
  for (const [at, item] of after.entries()) {
    const here = below(path, at);
    const from = working.findIndex(({ key }) => key === item.key);
    const known = working[from];
    if (known !== undefined && from === at) {
      diffValues(known.value, item.value, shape, here, out);
      continue;
    }
    if (known !== undefined) {
      out.push({ op: 'remove', path: below(path, from) });
      working.splice(from, 1);
    }
    out.push({ op: 'add', path: here, value: item.value });
    working.splice(at, 0, item);
  }
}

function diffByPlace(
  before: readonly unknown[],
  after: readonly unknown[],
  shape: FieldShape,
  path: string,
  out: AuditPatchOperation[],
): void {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && isEqualJson(before[start], after[start])) start += 1;
  let tail = 0;
  while (tail < shorter - start && isEqualJson(before[before.length - 1 - tail], after[after.length - 1 - tail]))
    tail += 1;
  const shared = shorter - tail;
  for (let at = start; at < shared; at += 1) diffValues(before[at], after[at], shape, below(path, at), out);
  for (let at = before.length - tail - 1; at >= shared; at -= 1) out.push({ op: 'remove', path: below(path, at) });
  for (let at = shared; at < after.length - tail; at += 1)
    out.push({ op: 'add', path: below(path, at), value: after[at] });
}

/** A JSON Pointer (RFC 6901) to what is inside. */
function below(path: string, name: string | number): string {
  return `${path}/${typeof name === 'number' ? name : name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function isPlain(value: unknown): value is JsonObject {
  return isObject(value) && !(value instanceof Masked);
}
