import { hashKey, type QueryKey, useIsMutating } from '@tanstack/react-query';
import type { LiveList } from '../ui/held-rows.ts';

/**
 * Tells a list how it is renewed, so that it holds back what others add: of a query that is asked again by itself.
 * @param key of the query, and whatever else makes it another list
 */
export function useLiveList(key: QueryKey, { isFetching }: { readonly isFetching: boolean }): LiveList {
  const isActing = useIsMutating() > 0;
  return { list: hashKey(key), isFetching, isActing };
}
