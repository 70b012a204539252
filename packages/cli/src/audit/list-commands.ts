import type { KubectlCommandList, KubectlCommandResource } from '@sallyport/core/api';

const PAGE = 100;

/** The first `limit` calls of kubectl, page by page. A page may be short, or empty, although there is a next one. */
export async function listCommands(
  limit: number,
  read: (page: { readonly limit: number; readonly continue?: string }) => Promise<KubectlCommandList>,
): Promise<readonly KubectlCommandResource[]> {
  const items: KubectlCommandResource[] = [];
  let next: string | undefined;
  do {
    const size = Math.min(PAGE, limit - items.length);
    const page = await read({ limit: size, ...(next !== undefined && { continue: next }) });
    items.push(...page.items);
    next = page.metadata.continue;
  } while (next !== undefined && items.length < limit);
  return items;
}
