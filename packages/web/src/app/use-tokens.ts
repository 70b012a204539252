import { useMemo } from 'react';
import { isFixedValue, type TokenField, type Tokens } from '../ui/token-bar.tsx';
import { useSearch } from './use-search.ts';

const MAX_VALUE_CHARACTERS = 256;

/**
 * The filters of a list, which are its address: each by the name of its field, words as `wordsName`. What no field takes is passed over: an
 * address comes from whoever made the link.
 */
export function useTokens(fields: readonly TokenField[], wordsName = 'q'): readonly [Tokens, (tokens: Tokens) => void] {
  const [search, change] = useSearch();
  const tokens = useMemo(() => {
    const given = (name: string) => (search[name] ?? '').trim().slice(0, MAX_VALUE_CHARACTERS);
    const on = fields.flatMap((field) => {
      const value = given(field.name);
      return value === '' || !isFixedValue(field, value) ? [] : [[field.name, value] as const];
    });
    return { filters: Object.fromEntries(on), words: given(wordsName) };
  }, [search, fields, wordsName]);
  const show = ({ filters, words }: Tokens) => {
    const cleared = Object.fromEntries(fields.map(({ name }) => [name, '']));
    change({ ...cleared, ...filters, [wordsName]: words });
  };
  return [tokens, show];
}

/** Values that occur in what is listed, the most frequent first. */
export function occurringIn<Row>(
  rows: readonly Row[],
  of: (row: Row) => string | undefined,
): readonly { readonly value: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const value = of(row);
    if (value !== undefined && value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
}
