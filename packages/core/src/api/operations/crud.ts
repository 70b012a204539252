import type { z } from 'zod';
import { listQuerySchema, type PermissionOf, type ResourceKind, readQuerySchema } from '../resource.ts';

/** A kind that lives in an organization, as the operations below read it. */
type Kind<K extends string, C extends string, P extends string, N extends z.ZodType<string>> = ResourceKind<K, C, P, N>;

// The permission is a concatenation: the intersection with the catalogue is `never` for one that does not exist.
function permission<P extends string, Verb extends string>(permissions: P, verb: Verb): PermissionOf<P, Verb> {
  return `${permissions}.${verb}` as PermissionOf<P, Verb>;
}

const IN_ORGANIZATION = '/organizations/{organization}';

/** Lists the resources of a kind that the caller may see. */
export function list<C extends string, P extends string, Page extends z.ZodType>(
  kind: Pick<Kind<string, C, P, z.ZodType<string>>, 'collection' | 'permissions' | 'kind'> & { readonly page: Page },
) {
  return {
    method: 'GET',
    path: `${IN_ORGANIZATION}/${kind.collection}`,
    summary: `Lists the resources of kind ${kind.kind} that the caller may see`,
    permission: permission(kind.permissions, 'read'),
    query: listQuerySchema,
    response: kind.page,
    status: 200,
  } as const;
}

/** Shows one resource. */
export function get<C extends string, P extends string, Resource extends z.ZodType>(
  kind: Pick<Kind<string, C, P, z.ZodType<string>>, 'collection' | 'permissions' | 'kind'> & {
    readonly resource: Resource;
  },
) {
  return {
    method: 'GET',
    path: `${IN_ORGANIZATION}/${kind.collection}/{name}`,
    summary: `Shows one ${kind.kind}`,
    permission: permission(kind.permissions, 'read'),
    query: readQuerySchema,
    response: kind.resource,
    status: 200,
  } as const;
}

/** Creates a resource. */
export function create<C extends string, P extends string, Document extends z.ZodType, Resource extends z.ZodType>(
  kind: Pick<Kind<string, C, P, z.ZodType<string>>, 'collection' | 'permissions' | 'kind'> & {
    readonly document: Document;
    readonly resource: Resource;
  },
) {
  return {
    method: 'POST',
    path: `${IN_ORGANIZATION}/${kind.collection}`,
    summary: `Creates a ${kind.kind}`,
    permission: permission(kind.permissions, 'create'),
    body: kind.document,
    response: kind.resource,
    status: 201,
    isIdempotent: true,
  } as const;
}

/** Replaces labels and spec of a resource; another `metadata.name` than that of the path renames it. */
export function update<C extends string, P extends string, Document extends z.ZodType, Resource extends z.ZodType>(
  kind: Pick<Kind<string, C, P, z.ZodType<string>>, 'collection' | 'permissions' | 'kind'> & {
    readonly document: Document;
    readonly resource: Resource;
  },
) {
  return {
    method: 'PUT',
    path: `${IN_ORGANIZATION}/${kind.collection}/{name}`,
    summary: `Replaces a ${kind.kind}`,
    permission: permission(kind.permissions, 'update'),
    body: kind.document,
    response: kind.resource,
    status: 200,
    isConditional: true,
  } as const;
}

/** Deletes a resource. */
export function remove<C extends string, P extends string>(
  kind: Pick<Kind<string, C, P, z.ZodType<string>>, 'collection' | 'permissions' | 'kind'>,
) {
  return {
    method: 'DELETE',
    path: `${IN_ORGANIZATION}/${kind.collection}/{name}`,
    summary: `Deletes a ${kind.kind}`,
    permission: permission(kind.permissions, 'delete'),
    status: 204,
    isConditional: true,
  } as const;
}
