import { isJson, type Json } from './objects.ts';
import { SCHEMA_TEXT } from './schema-data.ts';

/** Type of a field. */
export type FieldType =
  | { readonly is: 'scalar'; readonly code: 's' | 'y' | 't' | 'b' | 'i' | 'I' | 'n' | 'q' | 'o' }
  | { readonly is: 'list'; readonly of: FieldType }
  | { readonly is: 'map'; readonly of: FieldType }
  | { readonly is: 'ref'; readonly name: string };

/** One field of a type. */
export interface Field {
  readonly name: string;
  readonly required: boolean;
  readonly type: FieldType;
  /** Strategic merge: lists merge by this key; `''` for lists of scalars that merge as sets. */
  readonly mergeKey: string | undefined;
  /** Strategic merge: keys that the patch leaves out are removed when it says so. */
  readonly retainKeys: boolean;
  /** Server-side apply: keys of a list of objects, `[]` for a set; `undefined` for atomic lists. */
  readonly listKeys: readonly string[] | undefined;
}

/** A type of the schema table. */
export interface TypeSchema {
  readonly name: string;
  readonly fields: ReadonlyMap<string, Field>;
}

const FIELD = /^([^!:]+)(!?):([^~^%]+)(\^?)(~[^%]*)?(%.*)?$/;

function parseType(text: string, pkg: string): FieldType {
  const open = text[0];
  if (open === '[' || open === '{') {
    return { is: open === '[' ? 'list' : 'map', of: parseType(text.slice(1, -1), pkg) };
  }
  if (text.length === 1) return { is: 'scalar', code: text as 's' };
  return { is: 'ref', name: text.includes('.') ? text : `${pkg}.${text}` };
}

function parseField(text: string, pkg: string): Field {
  const match = FIELD.exec(text);
  if (!match) throw new Error(`schema field ${text} can't be read`);
  const [, name = '', required, type = '', retain, merge, keys] = match;
  const mergeKey = merge?.slice(1);
  const listKeys = keys === undefined ? (mergeKey === undefined ? undefined : [mergeKey]) : keys.slice(1).split(',');
  return {
    name,
    required: required === '!',
    type: parseType(type, pkg),
    mergeKey,
    retainKeys: retain === '^',
    listKeys: listKeys?.filter((key) => key !== ''),
  };
}

let parsed: ReadonlyMap<string, TypeSchema> | undefined;

/** All types by name, for example `core.v1.Pod`. */
export function schemaTypes(): ReadonlyMap<string, TypeSchema> {
  parsed ??= new Map(
    SCHEMA_TEXT.trim()
      .split('\n')
      .map((line) => {
        const [name = '', ...fields] = line.split(' ');
        const pkg = name.slice(0, name.lastIndexOf('.'));
        const entries = fields.map((field) => parseField(field, pkg));
        return [name, { name, fields: new Map(entries.map((field) => [field.name, field])) }];
      }),
  );
  return parsed;
}

/** The type `name`, or `undefined`. */
export function schemaType(name: string | undefined): TypeSchema | undefined {
  return name === undefined ? undefined : schemaTypes().get(name);
}

/** The type that a value of `type` has when it is an object of the table. */
export function typeOf(type: FieldType | undefined): TypeSchema | undefined {
  return type?.is === 'ref' ? schemaType(type.name) : undefined;
}

/** What {@link prune} found. */
export interface PruneResult {
  readonly object: Json;
  /** Paths of fields that the kind does not have. */
  readonly unknown: readonly string[];
  /** Why the object can't be decoded at all, in the words of Go's decoder. */
  readonly mistyped: string | undefined;
}

const GO_TYPE: Readonly<Record<string, string>> = {
  s: 'string',
  y: '[]uint8',
  t: 'Time',
  b: 'bool',
  i: 'int32',
  I: 'int64',
  n: 'float64',
};

function fits(code: string, value: unknown): boolean {
  if (value === null || code === 'o' || code === 'q') return true;
  if (code === 'b') return typeof value === 'boolean';
  if (code === 'i' || code === 'I') return typeof value === 'number' && Number.isInteger(value);
  if (code === 'n') return typeof value === 'number';
  // Quantities are written as text or number.
  return typeof value === 'string' || (code === 's' && typeof value === 'number');
}

/** Leaves out the fields that a type does not have, as decoding into the Go types does. */
export function prune(object: Json, schema: TypeSchema): PruneResult {
  const unknown: string[] = [];
  let mistyped: string | undefined;

  function value(input: unknown, type: FieldType, path: string, owner: string): unknown {
    if (input === null) return undefined;
    if (type.is === 'scalar') {
      if (!fits(type.code, input)) {
        const got = isJson(input)
          ? 'object'
          : Array.isArray(input)
            ? 'array'
            : typeof input === 'boolean'
              ? 'bool'
              : typeof input;
        mistyped ??= `json: cannot unmarshal ${got} into Go struct field ${owner} of type ${GO_TYPE[type.code] ?? 'string'}`;
      }
      return input;
    }
    if (type.is === 'list') {
      if (!Array.isArray(input)) {
        mistyped ??= `json: cannot unmarshal ${isJson(input) ? 'object' : typeof input} into Go struct field ${owner} of type []`;
        return input;
      }
      return input.map((item, i) => value(item, type.of, `${path}[${i}]`, owner));
    }
    if (!isJson(input)) {
      mistyped ??= `json: cannot unmarshal ${Array.isArray(input) ? 'array' : typeof input} into Go struct field ${owner} of type ${type.is === 'map' ? 'map' : type.name}`;
      return input;
    }
    if (type.is === 'map') {
      return Object.fromEntries(
        Object.entries(input).map(([key, item]) => [key, value(item, type.of, `${path}.${key}`, owner)]),
      );
    }
    const known = schemaType(type.name);
    return known === undefined ? input : object_(input, known, path);
  }

  function object_(input: Json, type: TypeSchema, path: string): Json {
    const output: Json = {};
    const name = type.name.slice(type.name.lastIndexOf('.') + 1);
    for (const [key, item] of Object.entries(input)) {
      const field = type.fields.get(key);
      const where = path === '' ? key : `${path}.${key}`;
      if (!field) {
        unknown.push(where);
        continue;
      }
      const kept = value(item, field.type, where, `${name}.${where}`);
      if (kept !== undefined) output[key] = kept;
    }
    return output;
  }

  return { object: object_(object, schema, ''), unknown, mistyped };
}

/** Paths of required fields that are missing. */
export function missingFields(object: Json, schema: TypeSchema): string[] {
  const missing: string[] = [];
  const visit = (input: unknown, type: FieldType, path: string): void => {
    if (type.is === 'list' && Array.isArray(input))
      for (const [i, item] of input.entries()) visit(item, type.of, `${path}[${i}]`);
    if (type.is === 'map' && isJson(input))
      for (const [key, item] of Object.entries(input)) visit(item, type.of, `${path}[${key}]`);
    const known = typeOf(type);
    if (!known || !isJson(input)) return;
    for (const field of known.fields.values()) {
      const where = path === '' ? field.name : `${path}.${field.name}`;
      const child = input[field.name];
      if (child !== undefined) visit(child, field.type, where);
      else if (field.required) missing.push(where);
    }
  };
  visit(object, { is: 'ref', name: schema.name }, '');
  return missing;
}
