import { type Compare, type Filter, parse } from 'scim2-parse-filter';
import { scimError } from './errors.ts';
import { attributeOf, findAttribute, type ScimAttribute, type ScimResourceType } from './schema.ts';

/** Longest filter that is read, in characters. */
export const MAX_FILTER_CHARACTERS = 1_024;

// The parser's pattern for quoted text takes exponential time over line breaks, which no filter needs.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * Parses a filter (RFC 7644, section 3.4.2.2).
 * @throws ScimError `ERR_SCIM_INVALID_FILTER`
 */
export function parseFilter(text: string): Filter {
  if (text.length > MAX_FILTER_CHARACTERS) {
    throw scimError(
      'ERR_SCIM_INVALID_FILTER',
      `the filter is ${text.length} characters, limit is ${MAX_FILTER_CHARACTERS}`,
    );
  }
  if (CONTROL.test(text)) throw scimError('ERR_SCIM_INVALID_FILTER', 'the filter holds control characters');
  try {
    return parse(text);
  } catch (error) {
    throw scimError('ERR_SCIM_INVALID_FILTER', "the filter can't be read", error);
  }
}

/** Whether a resource, in its canonical form, satisfies a filter. Attributes that it does not have satisfy nothing. */
export function matchesFilter(type: ScimResourceType, filter: Filter, resource: object): boolean {
  return test(filter, resource, (name) => attributeOf(type, name));
}

/** Whether one value of a multi-valued attribute satisfies the filter of a path. */
export function matchesValueFilter(attribute: ScimAttribute, filter: Filter, value: object): boolean {
  return test(filter, value, (name) => findAttribute(attribute.subAttributes ?? [], name));
}

/** The value that an attribute must equal for the filter to hold, when the filter says nothing else about anything. */
export function equalityOf(filter: Filter): { readonly attribute: string; readonly value: string } | undefined {
  if (filter.op !== 'eq' || typeof filter.compValue !== 'string') return undefined;
  return { attribute: withoutSchema(filter.attrPath), value: filter.compValue };
}

type Lookup = (name: string) => ScimAttribute | undefined;

function test(filter: Filter, resource: object, find: Lookup): boolean {
  switch (filter.op) {
    case 'and':
      return filter.filters.every((part) => test(part, resource, find));
    case 'or':
      return filter.filters.some((part) => test(part, resource, find));
    case 'not':
      return !test(filter.filter, resource, find);
    case '[]': {
      const attribute = find(withoutSchema(filter.attrPath));
      if (attribute === undefined) return false;
      const values = valuesOf(resource, attribute) as readonly object[];
      return values.some((value) =>
        test(filter.valFilter, value, (name) => findAttribute(attribute.subAttributes ?? [], name)),
      );
    }
    default: {
      const [name = '', subName] = withoutSchema(filter.attrPath).split('.');
      let attribute = find(name);
      if (attribute === undefined) return false;
      let values = valuesOf(resource, attribute);
      // A multi-valued attribute without a sub-attribute stands for its `value` (RFC 7644, section 3.4.2.2).
      const inner = subName ?? (attribute.type === 'complex' && filter.op !== 'pr' ? 'value' : undefined);
      if (inner !== undefined) {
        attribute = findAttribute(attribute.subAttributes ?? [], inner);
        if (attribute === undefined) return false;
        const sub = attribute;
        values = values.flatMap((value) => valuesOf(value as object, sub));
      }
      const target = attribute;
      if (filter.op === 'pr') return values.length > 0;
      const compared = filter;
      // "ne" holds where there is nothing to be equal.
      if (compared.op === 'ne') return !values.some((value) => compare(target, 'eq', value, compared.compValue));
      return values.some((value) => compare(target, compared.op, value, compared.compValue));
    }
  }
}

function valuesOf(resource: object, { name }: ScimAttribute): readonly unknown[] {
  const value = (resource as Readonly<Record<string, unknown>>)[name];
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function compare(attribute: ScimAttribute, op: Compare['op'], value: unknown, wanted: Compare['compValue']): boolean {
  if (attribute.type === 'boolean') {
    const isWanted = typeof wanted === 'string' ? wanted.toLowerCase() === 'true' : wanted === true;
    return op === 'eq' && value === isWanted;
  }
  if (typeof value !== 'string' || typeof wanted !== 'string') return false;
  const [left, right] =
    attribute.type === 'dateTime'
      ? [Date.parse(value), Date.parse(wanted)]
      : attribute.caseExact
        ? [value, wanted]
        : [fold(value), fold(wanted)];
  switch (op) {
    case 'eq':
      return left === right;
    case 'ne':
      return left !== right;
    case 'gt':
      return left > right;
    case 'ge':
      return left >= right;
    case 'lt':
      return left < right;
    case 'le':
      return left <= right;
    case 'co':
      return String(left).includes(String(right));
    case 'sw':
      return String(left).startsWith(String(right));
    case 'ew':
      return String(left).endsWith(String(right));
  }
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

/** `urn:…:User:userName` and `userName` are the same attribute. */
function withoutSchema(attributePath: string): string {
  return attributePath.slice(attributePath.lastIndexOf(':') + 1);
}
