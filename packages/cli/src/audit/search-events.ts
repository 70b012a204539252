import { type AuditEventList, type AuditEventResource, MAX_AUDIT_PAGE_SIZE } from '@sallyport/core/api';

/** What one page is asked for with. */
export interface SearchPage {
  readonly limit: number;
  readonly order: 'newest' | 'oldest';
  readonly continue?: string;
}

/** The first `limit` events of a search, page by page, and whether there are more. */
export async function searchEvents(
  read: (page: SearchPage) => Promise<AuditEventList>,
  { limit, order }: { readonly limit: number; readonly order: 'newest' | 'oldest' },
): Promise<{ readonly items: readonly AuditEventResource[]; readonly hasMore: boolean }> {
  const items: AuditEventResource[] = [];
  let next: string | undefined;
  do {
    const size = Math.min(MAX_AUDIT_PAGE_SIZE, limit - items.length);
    const page = await read({ limit: size, order, ...(next !== undefined && { continue: next }) });
    items.push(...page.items);
    next = page.metadata.continue;
  } while (next !== undefined && items.length < limit);
  return { items, hasMore: next !== undefined };
}
