import type { ScimAttributes } from './canonical.ts';
import { scimError } from './errors.ts';
import { findAttribute, LIST_RESPONSE_SCHEMA, type ScimResourceType } from './schema.ts';

/** A resource as it is answered. */
export type ScimResource = Readonly<Record<string, unknown>>;

/** Most resources of one page. */
export const MAX_PAGE_RESOURCES = 200;
const DEFAULT_PAGE_RESOURCES = 100;

/** What the server adds to the attributes of a resource. */
export interface ScimMeta {
  readonly id: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly resourceVersion: number;
  /** Address of the SCIM endpoint. */
  readonly baseUrl: string;
}

/** The ETag of a version. Weak: the same state may be written in several ways. */
export function etagOf(resourceVersion: number): string {
  return `W/"${resourceVersion}"`;
}

/** A whole resource out of its attributes. */
export function toResource(type: ScimResourceType, attributes: ScimAttributes, meta: ScimMeta): ScimResource {
  return {
    schemas: [type.schema],
    id: meta.id,
    ...attributes,
    meta: {
      resourceType: type.name,
      created: meta.createdAt.toISOString(),
      lastModified: meta.updatedAt.toISOString(),
      version: etagOf(meta.resourceVersion),
      location: `${meta.baseUrl}${type.endpoint}/${meta.id}`,
    },
  };
}

/** Which attributes of a resource are wanted (RFC 7644, section 3.9). */
export interface Projection {
  readonly attributes?: readonly string[];
  readonly excludedAttributes?: readonly string[];
}

/**
 * Reads which attributes are wanted out of a query.
 * @throws ScimError `ERR_SCIM_INVALID_VALUE` when both lists are given
 */
export function readProjection(query: Readonly<Record<string, unknown>>): Projection {
  const attributes = readNames(query['attributes']);
  const excludedAttributes = readNames(query['excludedAttributes']);
  if (attributes !== undefined && excludedAttributes !== undefined) {
    throw scimError('ERR_SCIM_INVALID_VALUE', 'attributes and excludedAttributes exclude each other');
  }
  return { ...(attributes && { attributes }), ...(excludedAttributes && { excludedAttributes }) };
}

/** Whether a projection asks for an attribute at all; what it doesn't need not be read. */
export function wants({ attributes, excludedAttributes }: Projection, name: string): boolean {
  const wanted = name.toLowerCase();
  if (attributes !== undefined) return attributes.some((each) => each === wanted || each.startsWith(`${wanted}.`));
  return excludedAttributes === undefined || !excludedAttributes.includes(wanted);
}

/** A resource with only the attributes that are wanted. `schemas` and `id` are always there. */
export function project(type: ScimResourceType, resource: ScimResource, projection: Projection): ScimResource {
  const { attributes, excludedAttributes } = projection;
  if (attributes === undefined && excludedAttributes === undefined) return resource;
  const named = attributes ?? excludedAttributes ?? [];
  const keep = attributes !== undefined;
  const entries = Object.entries(resource).flatMap(([name, value]): [string, unknown][] => {
    if (name === 'schemas' || name === 'id') return [[name, value]];
    const own = name.toLowerCase();
    if (named.includes(own)) return keep ? [[name, value]] : [];
    const parts = named.filter((each) => each.startsWith(`${own}.`)).map((each) => each.slice(own.length + 1));
    if (parts.length === 0) return keep ? [] : [[name, value]];
    const isComplex = (findAttribute(type.attributes, name)?.type ?? 'complex') === 'complex';
    return isComplex ? [[name, pickParts(value, parts, keep)]] : keep ? [] : [[name, value]];
  });
  return Object.fromEntries(entries);
}

function pickParts(value: unknown, parts: readonly string[], keep: boolean): unknown {
  if (Array.isArray(value)) return value.map((each) => pickParts(each, parts, keep));
  return Object.fromEntries(
    Object.entries(value as object).filter(([name]) => parts.includes(name.toLowerCase()) === keep),
  );
}

/** The part of a list that is wanted (RFC 7644, section 3.4.2.4). */
export interface PageQuery {
  /** Counts from 1. */
  readonly startIndex: number;
  readonly count: number;
}

/**
 * Reads the page that is wanted. Out-of-range numbers are taken as the nearest possible ones, as the RFC demands.
 * @throws ScimError `ERR_SCIM_INVALID_VALUE` when they are no numbers
 */
export function readPage(query: Readonly<Record<string, unknown>>): PageQuery {
  return {
    startIndex: Math.max(1, readInteger(query['startIndex'], 'startIndex', 1)),
    count: Math.min(MAX_PAGE_RESOURCES, Math.max(0, readInteger(query['count'], 'count', DEFAULT_PAGE_RESOURCES))),
  };
}

/** One page of a list. */
export function toListResponse(totalResults: number, startIndex: number, resources: readonly ScimResource[]) {
  return {
    schemas: [LIST_RESPONSE_SCHEMA],
    totalResults,
    startIndex,
    itemsPerPage: resources.length,
    Resources: resources,
  };
}

function readNames(value: unknown): readonly string[] | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  const names = value.split(',').map((name) => name.trim().toLowerCase());
  return names.map((name) => name.slice(name.lastIndexOf(':') + 1));
}

function readInteger(value: unknown, name: string, otherwise: number): number {
  if (value === undefined || value === '') return otherwise;
  if (typeof value === 'string' && /^-?\d{1,9}$/.test(value)) return Number(value);
  throw scimError('ERR_SCIM_INVALID_VALUE', `${name} is not a number`);
}
