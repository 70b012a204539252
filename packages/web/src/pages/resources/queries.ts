import type { ApiClient } from '@sallyport/core/api';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { LIVE } from '../../api/live.ts';
import { type ListedKind, resourceCalls } from '../../api/resource-calls.ts';

/** Where resources are asked for. */
export interface ResourceSource {
  readonly api: ApiClient;
  readonly organization: string;
}

const PAGE = 100;

/** Key of all that is known of a kind. */
export const kindKey = (kind: ListedKind, organization: string) => ['resources', kind, organization] as const;

/** Resources of a kind, page by page. */
export function resourcesQuery({ api, organization }: ResourceSource, kind: ListedKind, search: string) {
  return infiniteQueryOptions({
    queryKey: [...kindKey(kind, organization), 'list', search],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ metadata }: { readonly metadata: { readonly continue?: string } }) => metadata.continue,
    queryFn: ({ pageParam, signal }) =>
      resourceCalls(api, kind, organization).list(
        { limit: PAGE, ...(search !== '' && { search }), ...(pageParam !== undefined && { continue: pageParam }) },
        signal,
      ),
    ...LIVE,
  });
}

/** One resource. */
export function resourceQuery({ api, organization }: ResourceSource, kind: ListedKind, name: string) {
  return queryOptions({
    queryKey: [...kindKey(kind, organization), 'one', name],
    enabled: name !== '',
    queryFn: ({ signal }) => resourceCalls(api, kind, organization).get(name, signal),
  });
}
