/** What is read of a page: its items, and where the next one goes on. */
export interface PageOf<Item> {
  readonly items: readonly Item[];
  readonly metadata?: { readonly continue?: string | undefined };
}

/**
 * Every item of a listing, page by page: the next page is asked for when its first item is wanted, and leaving the loop asks for
 * none. `read` asks for one page and passes on where it begins.
 *
 * @example
 * ```ts
 * for await (const cluster of itemsOf((page) => api.listClusters({ organization: 'acme', limit: 500, ...page }))) {
 *   process.stdout.write(`${cluster.metadata.name}\n`);
 * }
 * ```
 */
export async function* itemsOf<Item>(
  read: (page: { readonly continue?: string }) => Promise<PageOf<Item>>,
): AsyncGenerator<Item, void, undefined> {
  let page: { readonly continue?: string } = {};
  for (;;) {
    const { items, metadata } = await read(page);
    yield* items;
    const next = metadata?.continue;
    if (next === undefined) return;
    // A server that says to go on where it was asked to begin would never end.
    if (next === page.continue) throw new RangeError('the next page begins where this one did');
    page = { continue: next };
  }
}
