import { isJson, type Json, sameJson } from './objects.ts';
import { type Field, type FieldType, type TypeSchema, typeOf } from './schema.ts';

/**
 * Fields of an object as paths of FieldsV1 elements (`f:name`, `k:{…}`, `v:…`), each path joined by NUL. Only what
 * has no fields of its own stands in the set, and items of keyed lists themselves.
 */
export type FieldSet = ReadonlySet<string>;

const SEPARATOR = '\0';

/** Fields that nobody manages. */
const UNMANAGED = new Set([
  'apiVersion',
  'kind',
  'metadata\0name',
  'metadata\0namespace',
  'metadata\0generateName',
  'metadata\0uid',
  'metadata\0resourceVersion',
  'metadata\0generation',
  'metadata\0creationTimestamp',
  'metadata\0deletionTimestamp',
  'metadata\0deletionGracePeriodSeconds',
  'metadata\0managedFields',
  'metadata\0selfLink',
]);

/** Key of an item in a list that merges by keys, as FieldsV1 writes it. */
export function itemElement(item: Json, keys: readonly string[]): string {
  const values = Object.fromEntries(
    [...keys].sort().flatMap((key) => {
      // `protocol` is the one list key with a default.
      const value = item[key] ?? (key === 'protocol' ? 'TCP' : undefined);
      return value === undefined ? [] : [[key, value]];
    }),
  );
  return `k:${JSON.stringify(values)}`;
}

/** All fields of an object. Types that are not known (custom resources) have maps of fields and atomic lists. */
export function fieldsOf(object: Json, schema: TypeSchema | undefined): FieldSet {
  const set = new Set<string>();

  function visitObject(
    value: Json,
    type: TypeSchema | undefined,
    ofMap: FieldType | undefined,
    path: readonly string[],
  ): void {
    for (const [key, child] of Object.entries(value)) {
      const here = [...path, `f:${key}`];
      if (UNMANAGED.has(here.map((element) => element.slice(2)).join(SEPARATOR))) continue;
      visit(child, type?.fields.get(key), type?.fields.get(key)?.type ?? ofMap, here);
    }
  }

  function visit(value: unknown, field: Field | undefined, type: FieldType | undefined, path: readonly string[]): void {
    if (isJson(value) && Object.keys(value).length > 0) {
      visitObject(value, typeOf(type), type?.is === 'map' ? type.of : undefined, path);
      return;
    }
    const keys = field?.listKeys;
    if (!Array.isArray(value) || keys === undefined) {
      set.add(path.join(SEPARATOR));
      return;
    }
    for (const item of value as unknown[]) {
      if (keys.length === 0 || !isJson(item)) {
        set.add([...path, `v:${JSON.stringify(item)}`].join(SEPARATOR));
        continue;
      }
      const here = [...path, itemElement(item, keys)];
      set.add([...here, '.'].join(SEPARATOR));
      visitObject(item, type?.is === 'list' ? typeOf(type.of) : undefined, undefined, here);
    }
  }

  visitObject(object, schema, undefined, []);
  return set;
}

/** Value of a field, `undefined` when the object does not have it. */
export function fieldValue(object: unknown, path: string): unknown {
  let current = object;
  for (const element of path.split(SEPARATOR)) {
    if (element === '.') return true;
    if (element.startsWith('f:')) {
      const key = element.slice(2);
      current = isJson(current) && Object.hasOwn(current, key) ? current[key] : undefined;
    } else if (Array.isArray(current)) {
      current = findItem(current as unknown[], element);
    } else return undefined;
  }
  return current;
}

function findItem(items: readonly unknown[], element: string): unknown {
  const wanted: unknown = JSON.parse(element.slice(2));
  if (element.startsWith('v:')) return items.find((item) => sameJson(item, wanted));
  const keys = Object.entries(wanted as Json);
  return items.find(
    (item) =>
      isJson(item) &&
      keys.every(([key, value]) => sameJson(item[key] ?? (key === 'protocol' ? 'TCP' : undefined), value)),
  );
}

/** Takes a field out of an object, in place. */
export function removeField(object: Json, path: string): void {
  const elements = path.split(SEPARATOR).filter((element) => element !== '.');
  const last = elements.pop() as string;
  const parent = elements.length === 0 ? object : fieldValue(object, elements.join(SEPARATOR));
  if (last.startsWith('f:')) {
    if (isJson(parent)) delete parent[last.slice(2)];
  } else if (Array.isArray(parent)) {
    const item = findItem(parent as unknown[], last);
    const index = parent.indexOf(item);
    if (index !== -1) parent.splice(index, 1);
  }
}

/** The `fieldsV1` object of a set. */
export function formatFieldsV1(set: FieldSet): Json {
  const root: Json = {};
  for (const path of [...set].sort()) {
    let node = root;
    for (const element of path.split(SEPARATOR)) {
      node[element] = isJson(node[element]) ? node[element] : {};
      node = node[element] as Json;
    }
  }
  return root;
}

/** The set of a `fieldsV1` object. */
export function parseFieldsV1(fields: Json): Set<string> {
  const set = new Set<string>();
  const visit = (node: Json, path: readonly string[]): void => {
    const children = Object.entries(node);
    if (children.length === 0) set.add(path.join(SEPARATOR));
    for (const [element, child] of children) if (isJson(child)) visit(child, [...path, element]);
  };
  for (const [element, child] of Object.entries(fields)) if (isJson(child)) visit(child, [element]);
  return set;
}

/** A field as messages name it: `.spec.containers[name="app"].image`. */
export function formatFieldPath(path: string): string {
  return path
    .split(SEPARATOR)
    .filter((element) => element !== '.')
    .map((element) => {
      if (element.startsWith('f:')) return `.${element.slice(2)}`;
      const wanted: unknown = JSON.parse(element.slice(2));
      if (!isJson(wanted)) return `[=${JSON.stringify(wanted)}]`;
      return `[${Object.entries(wanted)
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join(',')}]`;
    })
    .join('');
}
