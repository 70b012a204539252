import { z } from 'zod';
import type { IdKind } from '../ids.ts';
import { instant } from './instant.ts';
import { idSchema, labelsSchema } from './names.ts';
import type { PlatformPermission } from './permissions.ts';

/** The one version of the resource format. */
export const API_VERSION = 'sallyport.dev/v1';

/** What {@link defineKind} takes. */
interface KindOptions<
  Kind extends string,
  Collection extends string,
  Permissions extends string,
  Name extends z.ZodType<string>,
  Spec extends z.ZodType,
  Status extends z.ZodType,
  Ids extends IdKind,
> {
  /** As documents write it, e.g. `ServiceAccount`. */
  readonly kind: Kind;
  /** Path segment of the collection and word of the command line, e.g. `service-accounts`. */
  readonly collection: Collection;
  /** First half of its permissions, e.g. `serviceAccounts`. */
  readonly permissions: Permissions;
  /** Kind of its ids. */
  readonly idKind: Ids;
  /** What its names must look like. */
  readonly name: Name;
  readonly spec: Spec;
  /** What only the server knows; never taken from a document. */
  readonly status: Status;
  /** Further words that the command line takes for it. */
  readonly aliases: readonly string[];
  /** `organization`: lives in one. `installation`: stands above them. */
  readonly level: 'organization' | 'installation';
  /** One sentence for documentation and editors. */
  readonly summary: string;
}

/** A kind of resource with its schemas. */
export interface ResourceKind<
  Kind extends string = string,
  Collection extends string = string,
  Permissions extends string = string,
  Name extends z.ZodType<string> = z.ZodType<string>,
  Spec extends z.ZodType = z.ZodType,
  Status extends z.ZodType = z.ZodType,
  Ids extends IdKind = IdKind,
> extends KindOptions<Kind, Collection, Permissions, Name, Spec, Status, Ids> {
  /** What the server answers with. */
  readonly resource: ReturnType<typeof resourceSchema<Kind, Spec, Status, Ids>>;
  /** What people write; `status` and the server's own metadata are taken and ignored, so that an export applies again. */
  readonly document: ReturnType<typeof documentSchema<Kind, Name, Spec>>;
  /** One page of resources. */
  readonly page: ReturnType<typeof pageSchema<Kind, Spec, Status, Ids>>;
}

/** Defines a kind: derives the schemas of its resource, document and page from its spec and status. */
export function defineKind<
  const Kind extends string,
  const Collection extends string,
  const Permissions extends string,
  Name extends z.ZodType<string>,
  Spec extends z.ZodType,
  Status extends z.ZodType,
  const Ids extends IdKind,
>(
  options: KindOptions<Kind, Collection, Permissions, Name, Spec, Status, Ids>,
): ResourceKind<Kind, Collection, Permissions, Name, Spec, Status, Ids> {
  return {
    ...options,
    resource: resourceSchema(options.kind, options.idKind, options.spec, options.status),
    document: documentSchema(options.kind, options.name, options.spec),
    page: pageSchema(options.kind, options.idKind, options.spec, options.status),
  };
}

function resourceSchema<Kind extends string, Spec extends z.ZodType, Status extends z.ZodType, Ids extends IdKind>(
  kind: Kind,
  idKind: Ids,
  spec: Spec,
  status: Status,
) {
  return z.object({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(kind),
    metadata: z.object({
      id: idSchema(idKind),
      name: z.string(),
      labels: z.record(z.string(), z.string()),
      /** Changes with every change of the resource; send it back in `If-Match` or in a document. */
      resourceVersion: z.string(),
      createdAt: instant,
      updatedAt: instant,
    }),
    spec,
    status,
  });
}

function documentSchema<Kind extends string, Name extends z.ZodType<string>, Spec extends z.ZodType>(
  kind: Kind,
  name: Name,
  spec: Spec,
) {
  return z.strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(kind),
    metadata: z.strictObject({
      name,
      labels: labelsSchema.optional(),
      /** Given: the change is refused unless the resource still has this version. */
      resourceVersion: z.string().max(32).optional(),
      id: z.string().max(64).optional(),
      createdAt: z.string().max(64).optional(),
      updatedAt: z.string().max(64).optional(),
    }),
    spec,
    status: z.unknown().optional(),
  });
}

function pageSchema<Kind extends string, Spec extends z.ZodType, Status extends z.ZodType, Ids extends IdKind>(
  kind: Kind,
  idKind: Ids,
  spec: Spec,
  status: Status,
) {
  return z.object({
    items: z.array(resourceSchema(kind, idKind, spec, status)),
    metadata: pageMetadataSchema,
  });
}

/** What stands beside the items of a page. */
export const pageMetadataSchema = z.object({
  /** Where the next page goes on; absent on the last one. */
  continue: z.string().optional(),
  /** How many there are in all, with the filters of the query. */
  totalCount: z.int().min(0),
  /** Version of the snapshot that was read. */
  resourceVersion: z.string(),
});

/** Most items of one page. */
export const MAX_PAGE_SIZE = 500;

/** Query of every listing. Parts are joined by "and". */
export const listQuerySchema = z.strictObject({
  /** How many items at the most; 1 to 500, default 100. */
  limit: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(100),
  /** `metadata.continue` of the page before, unchanged. */
  continue: z.string().max(1_024).optional(),
  /** Part of the name, the id or the text of the spec, in any letter case. */
  search: z.string().max(256).optional(),
  /** As kubectl's `-l`: `env=prod,tier in (web,db),!legacy`. */
  labelSelector: z.string().max(1_024).optional(),
  /** Paths and values, as kubectl's `--field-selector`: `spec.project=payments,metadata.name!=old`. */
  fieldSelector: z.string().max(1_024).optional(),
  /** Paths of the items that are wanted, separated by commas, e.g. `metadata.name,spec.role`. Absent: all. */
  fields: z.string().max(1_024).optional(),
});

/** Query of a reading of one resource. */
export const readQuerySchema = z.strictObject({
  /** As in {@link listQuerySchema}. */
  fields: z.string().max(1_024).optional(),
});

/** Whether `text` is a permission that `collection.verb` can be made of. Ties kinds to the catalogue at compile time. */
export type PermissionOf<Permissions extends string, Verb extends string> = `${Permissions}.${Verb}` &
  PlatformPermission;
