import type { listQuerySchema } from '@sallyport/core/api';
import type { z } from 'zod';
import { notOfAListing } from '../api/not-of-a-listing.ts';
import { comparable, textOf } from './search-text.ts';
import { parseFieldSelector, parseLabelSelector, type Selects } from './select.ts';

/** A query of a listing, as the contract's schema reads it. */
export type ListQuery = z.output<typeof listQuerySchema>;

interface Listed {
  readonly metadata: { readonly name: string; readonly id: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: unknown;
}

/** One page of a listing. */
export interface Page<Resource> {
  readonly items: readonly Resource[];
  readonly metadata: { readonly continue?: string; readonly totalCount: number; readonly resourceVersion: string };
}

/** What a listing goes over. */
export interface Listing<Entry, Resource> {
  /** In the order of their keys: {@link compareKeys}. */
  readonly entries: readonly Entry[];
  readonly keyOf: (entry: Entry) => { readonly name: string; readonly id: string };
  readonly describe: (entry: Entry) => Resource;
  /** Text that a search looks through, see `textOf`. Defaults to that of the described entry. */
  readonly searchTextOf?: (entry: Entry) => string;
  /** Version of the snapshot that the entries are of. */
  readonly version: number;
}

/**
 * Selects and cuts a page. Keyset paging: a page goes on behind the last name of the one before, so that what comes and goes
 * meanwhile neither repeats nor hides anything else. Only what is needed is described.
 * @throws ApiError `ERR_API_REQUEST_INVALID` when the query can't be read
 */
export function pageOf<Entry, Resource extends Listed>(
  { entries, keyOf, describe, searchTextOf = (entry) => textOf(describe(entry)), version }: Listing<Entry, Resource>,
  query: ListQuery,
): Page<Resource> {
  const selects: Selects<Resource>[] = [];
  if (query.labelSelector !== undefined) selects.push(parseLabelSelector(query.labelSelector));
  if (query.fieldSelector !== undefined) selects.push(parseFieldSelector(query.fieldSelector));
  const after = query.continue === undefined ? undefined : parseContinue(query.continue);

  if (selects.length === 0 && query.search === undefined) {
    const start = after === undefined ? 0 : firstBehind(entries, keyOf, after);
    const page = entries.slice(start, start + query.limit);
    const lastOfPage = page.at(-1);
    return {
      items: page.map(describe),
      metadata: {
        ...(lastOfPage !== undefined &&
          start + page.length < entries.length && { continue: formatContinue(keyOf(lastOfPage)) }),
        totalCount: entries.length,
        resourceVersion: String(version),
      },
    };
  }
  const searched = query.search === undefined ? undefined : comparable(query.search);
  const items: Resource[] = [];
  let totalCount = 0;
  let last: ReturnType<typeof keyOf> | undefined;
  let hasMore = false;
  for (const entry of entries) {
    if (searched !== undefined && !searchTextOf(entry).includes(searched)) continue;
    const resource = selects.length === 0 ? undefined : describe(entry);
    if (resource !== undefined && !selects.every((select) => select(resource))) continue;
    totalCount += 1;
    const key = keyOf(entry);
    if (after !== undefined && compareKeys(key, after) <= 0) continue;
    if (items.length === query.limit) {
      hasMore = true;
      continue;
    }
    items.push(resource ?? describe(entry));
    last = key;
  }
  return {
    items,
    metadata: {
      ...(hasMore && last !== undefined && { continue: formatContinue(last) }),
      totalCount,
      resourceVersion: String(version),
    },
  };
}

/** First place behind a key; the entries are in its order. */
function firstBehind<Entry>(
  entries: readonly Entry[],
  keyOf: (entry: Entry) => { readonly name: string; readonly id: string },
  key: { readonly name: string; readonly id: string },
): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(keyOf(entries[middle] as Entry), key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Orders by name, then by id: code units, so that every replica agrees. */
export function compareKeys(
  a: { readonly name: string; readonly id: string },
  b: { readonly name: string; readonly id: string },
): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function formatContinue({ name, id }: { readonly name: string; readonly id: string }): string {
  return Buffer.from(JSON.stringify([name, id])).toString('base64url');
}

function parseContinue(text: string): { readonly name: string; readonly id: string } {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Array.isArray(parsed) && typeof parsed[0] === 'string' && typeof parsed[1] === 'string') {
      return { name: parsed[0], id: parsed[1] };
    }
  } catch {
    // Falls through to the refusal.
  }
  throw notOfAListing();
}
