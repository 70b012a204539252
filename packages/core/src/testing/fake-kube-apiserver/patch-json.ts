import { isJson, type Json, sameJson } from './objects.ts';
import { StatusError } from './status-error.ts';

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** Operations that one patch may hold, as at kube-apiserver. */
const MAX_OPERATIONS = 10_000;

function parsePointer(pointer: string): string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw fail(`invalid path ${JSON.stringify(pointer)}`);
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function fail(why: string): StatusError {
  return new StatusError('Invalid', `the server rejected our request due to an error in our request: ${why}`);
}

function child(parent: unknown, key: string): unknown {
  if (Array.isArray(parent)) return (parent as unknown[])[Number(key)];
  return isJson(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined;
}

function parentOf(document: unknown, path: readonly string[]): unknown {
  return path.slice(0, -1).reduce<unknown>((current, key) => child(current, key), document);
}

function set(document: unknown, path: readonly string[], value: unknown, insert: boolean): unknown {
  const key = path.at(-1);
  if (key === undefined) return value;
  const parent = parentOf(document, path);
  if (Array.isArray(parent)) {
    const index = key === '-' ? parent.length : Number(key);
    if (!Number.isInteger(index) || index < 0 || index > parent.length) throw fail(`index ${key} is out of bounds`);
    parent.splice(index, insert ? 0 : 1, value);
  } else if (isJson(parent)) {
    Object.defineProperty(parent, key, { value, enumerable: true, writable: true, configurable: true });
  } else {
    throw fail(`path /${path.join('/')} does not exist`);
  }
  return document;
}

function remove(document: unknown, path: readonly string[]): void {
  const key = path.at(-1) as string;
  const parent = parentOf(document, path);
  if (child(parent, key) === undefined) throw fail(`path /${path.join('/')} does not exist`);
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else if (isJson(parent)) delete parent[key];
}

/**
 * Applies a JSON Patch (RFC 6902).
 * @throws StatusError 422 when a path is missing or a test fails, 413 for too many operations
 */
export function applyJsonPatch(document: Json, patch: unknown): Json {
  if (!Array.isArray(patch)) throw new StatusError('BadRequest', 'error decoding patch: a JSON patch is a list');
  if (patch.length > MAX_OPERATIONS) {
    throw new StatusError(
      'RequestEntityTooLarge',
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
    );
  }
  let result: unknown = structuredClone(document);
  for (const { op, path, from, value } of patch as Operation[]) {
    const keys = parsePointer(path);
    const current = keys.reduce<unknown>((node, key) => child(node, key), result);
    const source = from === undefined ? [] : parsePointer(from);
    const moved = source.reduce<unknown>((node, key) => child(node, key), result);
    if (op === 'test') {
      if (!sameJson(current, value)) throw fail(`testing value ${path} failed`);
    } else if (op === 'remove') remove(result, keys);
    else if (op === 'add') result = set(result, keys, value, true);
    else if (op === 'replace') {
      if (current === undefined) throw fail(`replace operation does not apply: doc is missing key: ${path}`);
      result = set(result, keys, value, false);
    } else if (op === 'move' || op === 'copy') {
      if (op === 'move') remove(result, source);
      result = set(result, keys, structuredClone(moved), true);
    } else throw fail(`unknown operation ${JSON.stringify(op)}`);
  }
  return result as Json;
}

/** Applies a JSON Merge Patch (RFC 7386). */
export function applyMergePatch(document: unknown, patch: unknown): unknown {
  if (!isJson(patch)) return patch;
  const result: Json = isJson(document) ? { ...document } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = applyMergePatch(result[key], value);
  }
  return result;
}
