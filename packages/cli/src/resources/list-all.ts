import { MAX_PAGE_SIZE } from '@sallyport/core/api';

/** What a listing is asked for to get one page. */
export interface PageQuery {
  readonly limit: number;
  readonly continue?: string;
}

/** A page of any listing. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly metadata: { readonly continue?: string | undefined; readonly totalCount: number };
}

/** What of a listing was read. */
export interface Listing<Item> {
  readonly items: readonly Item[];
  /** How many there are in all. */
  readonly totalCount: number;
}

/** The first `limit` items of a listing, page by page. */
export async function listUpTo<Item>(
  limit: number,
  read: (query: PageQuery) => Promise<Page<Item>>,
): Promise<Listing<Item>> {
  const items: Item[] = [];
  let next: string | undefined;
  let totalCount = 0;
  do {
    const size = Math.min(MAX_PAGE_SIZE, limit - items.length);
    const page: Page<Item> = await read({ limit: size, ...(next !== undefined && { continue: next }) });
    items.push(...page.items);
    ({ totalCount } = page.metadata);
    next = page.metadata.continue;
  } while (next !== undefined && items.length < limit);
  return { items, totalCount };
}

/** Everything that a listing holds, page by page. */
export async function listAll<Item>(read: (query: PageQuery) => Promise<Page<Item>>): Promise<readonly Item[]> {
  return (await listUpTo(Number.POSITIVE_INFINITY, read)).items;
}
