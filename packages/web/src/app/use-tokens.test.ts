import { expect, it } from 'vitest';
import { occurringIn } from './use-tokens.ts';

it('suggests the values that occur, the most frequent first, and none where there is none', () => {
  const rows = [{ user: 'ann' }, { user: 'bob' }, {}, { user: 'bob' }, { user: '' }] as readonly { user?: string }[];
  expect(occurringIn(rows, ({ user }) => user)).toEqual([
    { value: 'bob', count: 2 },
    { value: 'ann', count: 1 },
  ]);
  expect(occurringIn([], String)).toEqual([]);
});
