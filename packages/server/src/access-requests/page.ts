import { type IdOf, isId } from '@sallyport/core';
import { notOfAListing } from '../api/not-of-a-listing.ts';
import type { AccessList, AccessPage } from '../stores/access-contracts.ts';

/** Rows that are read at once when not all of them are shown. */
const BATCH = 200;
/** Rows that are looked at for one page when not all of them are shown; the next page goes on behind them. */
const MAX_LOOKED_AT = 2_000;

/** A query of a listing that goes by ids, newest first. */
export interface PageQuery {
  readonly limit: number;
  readonly continue?: string | undefined;
}

/** One page of what is shown. */
export interface ShownPage<Kept> {
  readonly items: readonly Kept[];
  readonly totalCount: number;
  readonly continue?: string;
}

/** What is listed by id. */
type Listed = 'accessRequest' | 'grant' | 'accessReview' | 'accessReviewItem';

/** What a page is read from. */
export interface PageSource<Kept, Kind extends Listed> {
  readonly idKind: Kind;
  readonly at: Date;
  read(page: AccessPage<IdOf<Kind>>): Promise<AccessList<Kept>>;
  /** Whether a row is shown. Absent: every row that is read. */
  isShown?(kept: Kept): boolean;
}

/**
 * Reads one page. Where only some rows are shown, `totalCount` is how many there are among the newest 2,000, and a page may
 * be shorter than its limit although there is a next one.
 * @throws ApiError `ERR_API_REQUEST_INVALID` when `continue` is none that a listing gave
 */
export async function readPage<Kept extends { readonly id: IdOf<Kind> }, Kind extends Listed>(
  source: PageSource<Kept, Kind>,
  { limit, continue: after }: PageQuery,
): Promise<ShownPage<Kept>> {
  if (after !== undefined && !isId(source.idKind, after)) throw notOfAListing();
  const from = after === undefined ? {} : { after };
  if (source.isShown === undefined) {
    const { items, totalCount } = await source.read({ at: source.at, limit: limit + 1, ...from });
    const shown = items.slice(0, limit);
    const last = shown.at(-1);
    return { items: shown, totalCount, ...(items.length > limit && last !== undefined && { continue: last.id }) };
  }
  const page = await walk(source, limit, from.after);
  const { found } = after === undefined && page.end === undefined ? page : await walk(source, MAX_LOOKED_AT, undefined);
  return {
    items: page.found,
    totalCount: found.length,
    ...(page.end !== undefined && { continue: page.end }),
  };
}

/** The first `limit` that are shown, and the row that the next walk begins behind when there may be more. */
async function walk<Kept extends { readonly id: IdOf<Kind> }, Kind extends Listed>(
  { at, read, isShown = () => true }: PageSource<Kept, Kind>,
  limit: number,
  after: IdOf<Kind> | undefined,
): Promise<{ readonly found: readonly Kept[]; readonly end?: IdOf<Kind> }> {
  const found: Kept[] = [];
  let end = after;
  for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT; lookedAt += BATCH) {
    const { items } = await read({ at, limit: BATCH, ...(end !== undefined && { after: end }) });
    for (const [i, kept] of items.entries()) {
      end = kept.id;
      if (!isShown(kept)) continue;
      found.push(kept);
      const isLast = i === items.length - 1 && items.length < BATCH;
      if (found.length === limit) return { found, ...(!isLast && { end }) };
    }
    if (items.length < BATCH) return { found };
  }
  return { found, ...(end !== undefined && { end }) };
}
