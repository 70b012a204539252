import { useLocation, useRouter } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { Search } from './search.ts';

/** The query of the address, and what changes it: names that are given get another value, an empty one takes a name out. */
export function useSearch(): readonly [
  Search,
  (changes: Readonly<Record<string, string | undefined>>, how?: 'push' | 'replace') => void,
] {
  const search = useLocation({ select: (location) => location.search as Search });
  const router = useRouter();
  const change = useCallback(
    (changes: Readonly<Record<string, string | undefined>>, how: 'push' | 'replace' = 'replace') => {
      const { pathname, search: before } = router.state.location;
      const next = { ...(before as Search), ...changes };
      const given = Object.entries(next).filter((entry): entry is [string, string] => (entry[1] ?? '') !== '');
      const query = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
      void router.navigate({ href: `${pathname}${query}`, replace: how === 'replace', resetScroll: false });
    },
    [router],
  );
  return [search, change];
}
