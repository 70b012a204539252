import { expect, it } from 'vitest';
import { userNameKey } from '../stores/user-name-key.ts';
import { type ListQuery, pageOf } from './page.ts';

const entries = ['ann', 'Ben', 'cleo', 'Cléo', 'dora', 'Eve', 'finn']
  .map((name, i) => ({ id: `id-${i}`, name }))
  .sort((a, b) => (userNameKey(a.name) < userNameKey(b.name) ? -1 : 1));

const list = (query: Partial<ListQuery>) =>
  pageOf(
    {
      entries,
      keyOf: ({ id, name }) => ({ id, name: userNameKey(name) }),
      describe: ({ id, name }) => ({
        metadata: { id, name, labels: {} },
        spec: { text: name.length > 3 ? 'long' : '' },
      }),
      version: 7,
    },
    { limit: 100, ...query },
  );

/** Names of all pages, page by page. */
function allPages(query: Partial<ListQuery>): string[][] {
  const pages: string[][] = [];
  let next: string | undefined;
  do {
    const page = list({ ...query, ...(next !== undefined && { continue: next }) });
    pages.push(page.items.map(({ metadata }) => metadata.name));
    next = page.metadata.continue;
  } while (next !== undefined);
  return pages;
}

it('shows everything once over pages of any size, whatever the letter case of names', () => {
  const names = entries.map(({ name }) => name);
  for (let limit = 1; limit <= names.length + 1; limit++) expect(allPages({ limit }).flat()).toEqual(names);
  expect(allPages({ limit: 3 }).map((page) => page.length)).toEqual([3, 3, 1]);
  expect(list({ limit: 2 }).metadata).toMatchObject({ totalCount: 7, resourceVersion: '7' });
});

it('counts and pages what a search finds', () => {
  expect(allPages({ limit: 2, search: 'LONG' })).toEqual([
    ['cleo', 'Cléo'],
    ['dora', 'finn'],
  ]);
  expect(list({ limit: 1, search: 'long' }).metadata.totalCount).toBe(4);
});
