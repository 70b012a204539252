import { scimError } from './errors.ts';
import { findAttribute, type ScimAttribute, type ScimResourceType } from './schema.ts';

/** A resource in canonical form: attributes of its schema only, under their own names, with values of their type. */
export type ScimAttributes = Readonly<Record<string, unknown>>;

const MAX_TEXT_CHARACTERS = 1_024;
const EXTERNAL_ID: ScimAttribute = { name: 'externalId', type: 'string', description: '', caseExact: true };

/**
 * Reads what a client sends as a resource. Names are matched in any letter case; attributes that the server does not have,
 * or sets itself, are left out (RFC 7644, section 3.3); `null` and empty lists are absent values.
 * @throws ScimError `ERR_SCIM_INVALID_VALUE`
 */
export function readAttributes(type: ScimResourceType, input: unknown): ScimAttributes {
  return readObject([...type.attributes, EXTERNAL_ID], input, type.name);
}

/**
 * Reads the value of one attribute; `undefined` when it is an absent value.
 * @throws ScimError `ERR_SCIM_INVALID_VALUE`
 */
export function readValue(attribute: ScimAttribute, input: unknown, path = attribute.name): unknown {
  if (input === undefined || input === null) return undefined;
  if (attribute.multiValued !== true) return readOne(attribute, input, path);
  // One value where a list belongs is a list of one.
  const values = (Array.isArray(input) ? (input as readonly unknown[]) : [input])
    .map((value, index) => readOne(attribute, value, `${path}[${index}]`))
    .filter((value): value is ScimAttributes => value !== undefined);
  return values.length === 0 ? undefined : onePrimary(values);
}

/** The last value that claims to be the primary one is it (RFC 7644, section 3.5.2). */
export function onePrimary(values: readonly ScimAttributes[]): readonly ScimAttributes[] {
  const last = values.findLastIndex((value) => value['primary'] === true);
  return values.map((value, index) =>
    value['primary'] === true && index !== last ? { ...value, primary: false } : value,
  );
}

/**
 * Reads one value of an attribute, also of a multi-valued one.
 * @throws ScimError `ERR_SCIM_INVALID_VALUE`
 */
export function readOne(attribute: ScimAttribute, input: unknown, path = attribute.name): unknown {
  switch (attribute.type) {
    case 'complex': {
      const value = readObject(attribute.subAttributes ?? [], input, path);
      return Object.keys(value).length === 0 ? undefined : value;
    }
    case 'boolean':
      return readBoolean(input, path);
    case 'string':
    case 'reference':
    case 'dateTime':
      return readText(input, path);
  }
}

function readObject(attributes: readonly ScimAttribute[], input: unknown, path: string): ScimAttributes {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw scimError('ERR_SCIM_INVALID_VALUE', `${path} is not an object`);
  }
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(input)) {
    const attribute = findAttribute(attributes, name);
    if (attribute === undefined || attribute.mutability === 'readOnly') continue;
    const read = readValue(attribute, value, `${path}.${attribute.name}`);
    if (read !== undefined) result[attribute.name] = read;
  }
  return result;
}

/** Microsoft Entra ID sends booleans as text, in either letter case, unless told otherwise. */
function readBoolean(input: unknown, path: string): boolean {
  if (typeof input === 'boolean') return input;
  if (typeof input === 'string' && /^(true|false)$/i.test(input)) return input.toLowerCase() === 'true';
  throw scimError('ERR_SCIM_INVALID_VALUE', `${path} is neither true nor false`);
}

function readText(input: unknown, path: string): string | undefined {
  if (typeof input !== 'string') throw scimError('ERR_SCIM_INVALID_VALUE', `${path} is not text`);
  if (input.length > MAX_TEXT_CHARACTERS) {
    throw scimError('ERR_SCIM_INVALID_VALUE', `${path} is ${input.length} characters, limit is ${MAX_TEXT_CHARACTERS}`);
  }
  return input === '' ? undefined : input;
}
