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

/** Which resources are listed; all of them when it is empty. */
export interface Selection {
  /** Part of the name, the id or the text. */
  readonly search?: string;
  /** As for kubectl: `env=prod`. */
  readonly labelSelector?: string;
  /** Paths and values: `spec.role=edit`. */
  readonly fieldSelector?: string;
}

/** Resources of a kind, page by page. */
export function resourcesQuery({ api, organization }: ResourceSource, kind: ListedKind, selection: Selection) {
  return infiniteQueryOptions({
    queryKey: [...kindKey(kind, organization), 'list', selection],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ metadata }: { readonly metadata: { readonly continue?: string } }) => metadata.continue,
    queryFn: ({ pageParam, signal }) =>
      resourceCalls(api, kind, organization).list(
        { limit: PAGE, ...selection, ...(pageParam !== undefined && { continue: pageParam }) },
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
