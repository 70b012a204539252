import type { Filter } from 'scim2-parse-filter';
import { onePrimary, readOne, readValue, type ScimAttributes } from './canonical.ts';
import { scimError } from './errors.ts';
import { equalityOf, matchesValueFilter } from './filter.ts';
import { parsePath, type ScimPath } from './path.ts';
import { attributeOf, findAttribute, PATCH_SCHEMA, type ScimAttribute, type ScimResourceType } from './schema.ts';

/** Most operations of one patch request. */
export const MAX_PATCH_OPERATIONS = 1_000;

interface Operation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string | undefined;
  readonly value: unknown;
}

type Values = readonly ScimAttributes[];

/**
 * Applies a patch request to a resource in canonical form, and yields the resource after it. Either every operation applies
 * or none (RFC 7644, section 3.5.2).
 *
 * Taken beside what the RFC says, because clients send it: operation names in any letter case; paths as names inside a value
 * without a path; `remove` with the values to remove; values for a filter that selects nothing, which then make one.
 * Attributes that the server does not have are left out.
 * @throws ScimError
 */
export function applyPatch(type: ScimResourceType, resource: ScimAttributes, request: unknown): ScimAttributes {
  return readOperations(request).reduce((patched, operation) => applyOperation(type, patched, operation), resource);
}

function readOperations(request: unknown): readonly Operation[] {
  const body = lowerKeys(request, 'the body');
  const schemas = body.get('schemas');
  if (!Array.isArray(schemas) || !schemas.includes(PATCH_SCHEMA)) {
    throw scimError('ERR_SCIM_INVALID_SYNTAX', `the body does not have the schema ${PATCH_SCHEMA}`);
  }
  const operations = body.get('operations');
  if (!Array.isArray(operations) || operations.length === 0) {
    throw scimError('ERR_SCIM_INVALID_SYNTAX', 'the body has no operations');
  }
  if (operations.length > MAX_PATCH_OPERATIONS) {
    throw scimError('ERR_SCIM_TOO_LARGE', `${operations.length} operations, limit is ${MAX_PATCH_OPERATIONS}`);
  }
  return operations.map((each): Operation => {
    const operation = lowerKeys(each, 'an operation');
    const name = operation.get('op');
    const op = typeof name === 'string' ? name.toLowerCase() : undefined;
    const path = operation.get('path') ?? undefined;
    if (op !== 'add' && op !== 'replace' && op !== 'remove') {
      throw scimError('ERR_SCIM_INVALID_SYNTAX', 'an operation is none of add, replace and remove');
    }
    if (path !== undefined && typeof path !== 'string') {
      throw scimError('ERR_SCIM_INVALID_PATH', 'the path of an operation is not text');
    }
    return { op, path: path === '' ? undefined : path, value: operation.get('value') };
  });
}

function applyOperation(type: ScimResourceType, resource: ScimAttributes, operation: Operation): ScimAttributes {
  const { op, path, value } = operation;
  if (path !== undefined) return applyAt(type, resource, path, operation);
  if (op === 'remove') throw scimError('ERR_SCIM_NO_TARGET', 'a removal says nothing about what to remove');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw scimError('ERR_SCIM_INVALID_VALUE', 'an operation without a path has no object as its value');
  }
  let patched = resource;
  for (const [name, each] of Object.entries(value)) {
    // What only the server sets is left out here, as in a whole resource: clients send ids along.
    if (name.toLowerCase() === 'schemas' || attributeOf(type, name)?.mutability === 'readOnly') continue;
    patched = applyAt(type, patched, name, { op, path: name, value: each });
  }
  return patched;
}

function applyAt(type: ScimResourceType, resource: ScimAttributes, text: string, operation: Operation): ScimAttributes {
  const path = parsePath(type, text);
  const attribute = path && attributeOf(type, path.attribute);
  if (path === undefined || attribute === undefined) return resource;
  if (attribute.mutability === 'readOnly') {
    throw scimError('ERR_SCIM_MUTABILITY', `${attribute.name} is set by the server alone`);
  }
  const sub =
    path.subAttribute === undefined ? undefined : findAttribute(attribute.subAttributes ?? [], path.subAttribute);
  if (path.subAttribute !== undefined && sub === undefined) {
    if (attribute.type === 'complex') return resource;
    throw scimError('ERR_SCIM_INVALID_PATH', `${attribute.name} has no parts`);
  }
  if (path.filter !== undefined && attribute.multiValued !== true) {
    throw scimError('ERR_SCIM_INVALID_PATH', `${attribute.name} has one value, which no filter selects`);
  }
  const current = resource[attribute.name];
  const next =
    attribute.multiValued === true
      ? patchValues(attribute, (current ?? []) as Values, operation, path, sub)
      : sub === undefined
        ? patchSingle(attribute, current, operation)
        : patchPart((current ?? {}) as ScimAttributes, sub, operation);
  return withValue(resource, attribute.name, next);
}

function patchSingle(attribute: ScimAttribute, current: unknown, { op, value }: Operation): unknown {
  if (op === 'remove') return undefined;
  const read = readValue(attribute, value);
  const isMerge = attribute.type === 'complex' && typeof current === 'object' && typeof read === 'object';
  return isMerge ? { ...current, ...read } : read;
}

/** Changes one part of a complex value. */
function patchPart(current: ScimAttributes, sub: ScimAttribute, { op, value }: Operation): ScimAttributes | undefined {
  const next = withValue(current, sub.name, op === 'remove' ? undefined : readValue(sub, value));
  return Object.keys(next).length === 0 ? undefined : next;
}

function patchValues(
  attribute: ScimAttribute,
  current: Values,
  operation: Operation,
  { filter }: ScimPath,
  sub: ScimAttribute | undefined,
): Values | undefined {
  if (filter === undefined && sub === undefined) return nonEmpty(patchWhole(attribute, current, operation));
  const isSelected = (value: ScimAttributes) => filter === undefined || matchesValueFilter(attribute, filter, value);
  if (operation.op === 'remove') {
    if (sub === undefined) return nonEmpty(current.filter((value) => !isSelected(value)));
    return nonEmpty(
      current.flatMap((value) => {
        if (!isSelected(value)) return [value];
        const rest = patchPart(value, sub, operation);
        return rest === undefined ? [] : [rest];
      }),
    );
  }
  const part =
    sub === undefined
      ? ((readOne(attribute, operation.value) ?? {}) as ScimAttributes)
      : withValue({}, sub.name, readValue(sub, operation.value));
  if (current.some(isSelected)) {
    return onePrimary(current.map((value) => (isSelected(value) ? { ...value, ...part } : value)));
  }
  const seed = seedOf(attribute, filter);
  if (seed === undefined) {
    throw scimError('ERR_SCIM_NO_TARGET', `no value of ${attribute.name} is selected by the path`);
  }
  return onePrimary([...current, { ...seed, ...part }]);
}

function patchWhole(attribute: ScimAttribute, current: Values, { op, value }: Operation): Values {
  const given = (readValue(attribute, value) ?? []) as Values;
  switch (op) {
    case 'replace':
      return distinct(given);
    case 'add':
      return onePrimary(distinct([...current, ...given]));
    case 'remove': {
      // Without values everything goes. With values that are none of ours, nothing does: absence must not widen a removal.
      if (value === undefined || value === null) return [];
      const gone = new Set(given.map((each) => each['value']));
      return current.filter((each) => !gone.has(each['value']));
    }
  }
}

/** The first of several values that say the same stays, with what the later ones say about it. */
function distinct(values: Values): Values {
  const byKey = new Map<string, ScimAttributes>();
  for (const value of values) byKey.set(keyOf(value), { ...byKey.get(keyOf(value)), ...value });
  return [...byKey.values()];
}

/** Two values of a multi-valued attribute are one when type and value agree. */
function keyOf(value: ScimAttributes): string {
  return JSON.stringify([value['value'], value['type']]);
}

/** What a value must have for `filter` to select it, when one equality is all that it says. */
function seedOf(attribute: ScimAttribute, filter: Filter | undefined): ScimAttributes | undefined {
  const equality = filter && equalityOf(filter);
  const sub = equality && findAttribute(attribute.subAttributes ?? [], equality.attribute);
  return sub && { [sub.name]: readValue(sub, equality.value) };
}

function withValue(object: ScimAttributes, name: string, value: unknown): ScimAttributes {
  const { [name]: _, ...rest } = object;
  return value === undefined ? rest : { ...rest, [name]: value };
}

function nonEmpty(values: Values): Values | undefined {
  return values.length === 0 ? undefined : values;
}

function lowerKeys(value: unknown, what: string): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw scimError('ERR_SCIM_INVALID_SYNTAX', `${what} is not an object`);
  }
  return new Map(Object.entries(value).map(([name, each]) => [name.toLowerCase(), each]));
}
