import {
  etagOf,
  project,
  readPage,
  readProjection,
  type ScimMeta,
  type ScimResource,
  toListResponse,
  toResource,
} from './answer.ts';
import type { ScimAttributes } from './canonical.ts';
import type { ScimAnswer, ScimCall } from './context.ts';
import { equalityOf, matchesFilter, parseFilter } from './filter.ts';
import type { ScimResourceType } from './schema.ts';

/** How the records of one type are listed. */
export interface Listing<Kept> {
  readonly type: ScimResourceType;
  /** All of the provider, in an order that stays. */
  readonly all: readonly Kept[];
  /** Those whose attribute could equal a value, where that is known without building resources. */
  readonly where?: (attribute: string, value: string) => readonly Kept[] | undefined;
  readonly toResources: (kept: readonly Kept[]) => Promise<readonly ScimResource[]>;
}

/**
 * Answers a listing: filter, page, projection. A filter that is one equality over an indexed attribute builds no resource
 * but those it finds; any other one builds all.
 * @throws ScimError
 */
export async function answerList<Kept>(listing: Listing<Kept>, { query }: ScimCall): Promise<ScimAnswer> {
  const { type, toResources } = listing;
  const projection = readProjection(query);
  const { startIndex, count } = readPage(query);
  const shown = (resources: readonly ScimResource[]) =>
    resources.map((resource) => project(type, resource, projection));
  const text = query['filter'];
  if (typeof text !== 'string' || text.trim() === '') {
    const page = listing.all.slice(startIndex - 1, startIndex - 1 + count);
    return { status: 200, body: toListResponse(listing.all.length, startIndex, shown(await toResources(page))) };
  }
  const filter = parseFilter(text);
  const equality = equalityOf(filter);
  const candidates = (equality && listing.where?.(equality.attribute.toLowerCase(), equality.value)) ?? listing.all;
  const found = (await toResources(candidates)).filter((resource) => matchesFilter(type, filter, resource));
  const page = found.slice(startIndex - 1, startIndex - 1 + count);
  return { status: 200, body: toListResponse(found.length, startIndex, shown(page)) };
}

/** Answers with one resource, or with nothing when the client has its version. */
export function answerResource(
  type: ScimResourceType,
  attributes: ScimAttributes,
  meta: ScimMeta,
  { query, ifNoneMatch }: ScimCall,
  status: 200 | 201 = 200,
): ScimAnswer {
  const etag = etagOf(meta.resourceVersion);
  if (status === 200 && ifNoneMatch?.split(',').some((each) => each.trim() === etag)) return { status: 304, etag };
  const resource = toResource(type, attributes, meta);
  return {
    status,
    body: project(type, resource, readProjection(query)),
    etag,
    ...(status === 201 && { location: `${meta.baseUrl}${type.endpoint}/${meta.id}` }),
  };
}
