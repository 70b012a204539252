import { describe, expect, it } from 'vitest';
import { itemsOf } from './items-of.ts';

/** Pages of a listing, and where each was asked to begin. */
function aListing(pages: Readonly<Record<string, { readonly items: readonly number[]; readonly next?: string }>>) {
  const asked: (string | undefined)[] = [];
  return {
    asked,
    read: async (page: { readonly continue?: string }) => {
      asked.push(page.continue);
      const { items, next } = pages[page.continue ?? ''] ?? { items: [] };
      return { items, metadata: { ...(next !== undefined && { continue: next }) } };
    },
  };
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('itemsOf', () => {
  const pages = { '': { items: [1, 2], next: 'a' }, a: { items: [], next: 'b' }, b: { items: [3] } };

  it('yields the items of all pages, empty ones passed over', async () => {
    const { read, asked } = aListing(pages);
    expect(await all(itemsOf(read))).toEqual([1, 2, 3]);
    expect(asked).toEqual([undefined, 'a', 'b']);
  });

  it('asks for no page that nobody wants', async () => {
    const { read, asked } = aListing(pages);
    for await (const item of itemsOf(read)) if (item === 2) break;
    expect(asked).toEqual([undefined]);
  });

  it('takes a listing without pages for one', async () => {
    expect(await all(itemsOf(async () => ({ items: ['only'] })))).toEqual(['only']);
  });

  it('ends with the failure of a page', async () => {
    const failing = itemsOf<number>(() => Promise.reject(new Error('gone')));
    await expect(all(failing)).rejects.toThrow('gone');
  });

  it('refuses to go round in circles', async () => {
    const { read } = aListing({ '': { items: [1], next: 'a' }, a: { items: [2], next: 'a' } });
    await expect(all(itemsOf(read))).rejects.toThrow('the next page begins where this one did');
  });
});
