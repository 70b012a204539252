import { MAX_PAGE_SIZE } from '@sallyport/core/api';

/** What a listing is asked for to get one page. */
export interface PageQuery {
  readonly limit: number;
  readonly continue?: string;
}

/** A page of any listing. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly metadata: { readonly continue?: string | undefined };
}

/** Everything that a listing holds, page by page. `onPage` hears how many there are so far. */
export async function listAll<Item>(
  read: (query: PageQuery) => Promise<Page<Item>>,
  onPage: (count: number) => void = () => {},
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let next: string | undefined;
  do {
    const page = await read({ limit: MAX_PAGE_SIZE, ...(next !== undefined && { continue: next }) });
    items.push(...page.items);
    onPage(items.length);
    next = page.metadata.continue;
  } while (next !== undefined);
  return items;
}
