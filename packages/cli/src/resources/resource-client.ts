import {
  type ApiClient,
  type CallOptions,
  type KindName,
  type KindResource,
  kinds,
  type Operation,
  type OperationName,
  operations,
  type ResourceDocument,
} from '@sallyport/core/api';
import { CliError } from '../errors.ts';
import { listAll, type Page, type PageQuery } from './list-all.ts';

/** A resource of any kind. */
export type AnyResource = { [Kind in KindName]: KindResource<Kind> }[KindName];

/** What narrows a listing; see the contract's `listQuerySchema`. */
export interface ListFilter {
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly search?: string | undefined;
}

/** The operations that every kind has, by kind. Calls reject as those of the API client. */
export interface ResourceClient {
  list(kind: KindName, query: ListFilter & PageQuery): Promise<Page<AnyResource>>;
  get(kind: KindName, name: string): Promise<AnyResource>;
  create(document: ResourceDocument, options?: CallOptions): Promise<AnyResource>;
  /** `name` is the one that the resource has; that of the document is the one it gets. */
  update(name: string, document: ResourceDocument, options?: CallOptions): Promise<AnyResource>;
  delete(kind: KindName, name: string, options?: CallOptions): Promise<void>;
}

type Verb = 'list' | 'get' | 'create' | 'update' | 'delete';
const METHODS: Readonly<Record<Verb, Operation['method']>> = {
  list: 'GET',
  get: 'GET',
  create: 'POST',
  update: 'PUT',
  delete: 'DELETE',
};

/**
 * The operation of a kind, found in the contract's table by method and path, so that a new kind needs no line here.
 * `undefined` where a kind has none: nobody creates an installation.
 */
export function operationOf(kind: KindName, verb: Verb): OperationName | undefined {
  const { level, collection } = kinds[kind];
  const all = level === 'organization' ? `/organizations/{organization}/${collection}` : `/${collection}`;
  const one = level === 'organization' ? `${all}/{name}` : kind === 'Organization' ? `${all}/{organization}` : all;
  const path = verb === 'list' || verb === 'create' ? all : one;
  // The only installation is no list of itself.
  if (kind === 'Installation' && verb === 'list') return undefined;
  const entries = Object.entries(operations) as [OperationName, Operation][];
  return entries.find(([, operation]) => operation.method === METHODS[verb] && operation.path === path)?.[0];
}

/** Creates the operations of every kind over an API client, in one organization. */
export function createResourceClient(api: ApiClient, organization: string): ResourceClient {
  function call(kind: KindName, verb: Verb, input: Readonly<Record<string, unknown>>, options?: CallOptions) {
    const name = operationOf(kind, verb);
    if (name === undefined) throw noSuchOperation(kind, verb);
    const method = api[name] as (input: unknown, options?: CallOptions) => Promise<unknown>;
    // What has no place in the path becomes part of the query, so the organization goes only where it has one.
    const isInPath = (operations[name] as Operation).path.includes('{organization}');
    return method({ ...(isInPath && { organization }), ...input }, options);
  }
  const named = (kind: KindName, name: string) =>
    kind === 'Organization' ? { organization: name } : kind === 'Installation' ? {} : { name };
  const client: ResourceClient = {
    async list(kind, query) {
      if (kind !== 'Installation') return (await call(kind, 'list', withoutNothing(query))) as Page<AnyResource>;
      return { items: [await client.get(kind, 'installation')], metadata: { totalCount: 1 } };
    },
    get: async (kind, name) => (await call(kind, 'get', named(kind, name))) as AnyResource,
    create: async (document, options) =>
      (await call(document.kind, 'create', { body: document }, options)) as AnyResource,
    update: async (name, document, options) =>
      (await call(document.kind, 'update', { ...named(document.kind, name), body: document }, options)) as AnyResource,
    delete: async (kind, name, options) => {
      await call(kind, 'delete', named(kind, name), options);
    },
  };
  return client;
}

/** Every resource of a kind that a filter leaves. */
export async function listResources(
  client: ResourceClient,
  kind: KindName,
  filter: ListFilter = {},
): Promise<readonly AnyResource[]> {
  return listAll((page) => client.list(kind, { ...filter, ...page }));
}

function withoutNothing(query: ListFilter & PageQuery): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}

function noSuchOperation(kind: KindName, verb: Verb): CliError {
  return new CliError({
    code: 'ERR_CLI_USAGE',
    message: `there is no way to ${verb} a resource of kind ${kind}`,
    nextStep: `Run "sallyport get ${kinds[kind].collection}" to see it.`,
  });
}
