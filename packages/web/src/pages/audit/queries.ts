import type { ApiClient, KubectlCommandResource } from '@sallyport/core/api';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { type AuditView, auditQueryOf, timeRangeOf } from './filters.ts';
import { eventsQueryOf, groupEvents, requestsOf, rowOfCommand } from './rows.ts';
import { seriesOf, seriesQueryOf } from './series.ts';

/** Where audit events are asked for. */
export interface AuditSource {
  readonly api: ApiClient;
  readonly organization: string;
}

const PAGE = 100;

/** Rows of a view, page by page, newest first; put together by the server where it can. */
export function rowsQuery({ api, organization }: AuditSource, view: AuditView, isByServer: boolean) {
  return infiniteQueryOptions({
    queryKey: ['audit', 'rows', organization, view, isByServer],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: { readonly next: string | undefined }) => page.next,
    async queryFn({ pageParam, signal }) {
      const filter = auditQueryOf(view, Date.now());
      const next = pageParam === undefined ? {} : { continue: pageParam };
      if (isByServer) {
        const { items, metadata } = await api.listKubectlCommands(
          { organization, ...filter, limit: PAGE, ...next },
          { signal },
        );
        return { rows: items.map(rowOfCommand), events: [], next: metadata.continue };
      }
      const { items, metadata } = await api.listAuditEvents(
        { organization, ...filter, limit: PAGE, ...next },
        { signal },
      );
      return { rows: groupEvents(items), events: items, next: metadata.continue };
    },
  });
}

/** The requests of one call of kubectl. */
export function requestsQuery({ api, organization }: AuditSource, command: KubectlCommandResource | undefined) {
  return queryOptions({
    queryKey: ['audit', 'requests', organization, command?.id, command?.requestCount],
    enabled: command !== undefined,
    async queryFn({ signal }) {
      if (command === undefined) return [];
      const { items } = await api.listAuditEvents({ organization, ...eventsQueryOf(command, Date.now()) }, { signal });
      return requestsOf(command, items);
    },
  });
}

/** Counts of requests over the time of a view. */
export function seriesQuery({ api, organization }: AuditSource, view: AuditView) {
  return queryOptions({
    queryKey: ['audit', 'series', organization, view.filters, view.words, view.time],
    async queryFn({ signal }) {
      const now = Date.now();
      const range = timeRangeOf(view.time, now);
      const query = seriesQueryOf(auditQueryOf(view, now), range);
      return { ...range, ...seriesOf(await api.aggregateAuditEvents({ organization, ...query }, { signal })) };
    },
  });
}

/** Values of a field within the view, the most frequent first, for suggestions. */
export function valuesQuery(
  { api, organization }: AuditSource,
  view: AuditView,
  by: Parameters<ApiClient['aggregateAuditEvents']>[0]['by'],
) {
  return queryOptions({
    queryKey: ['audit', 'values', organization, view.filters, view.time, by],
    enabled: by !== undefined,
    async queryFn({ signal }) {
      if (by === undefined) return [];
      const filter = auditQueryOf({ ...view, words: '' }, Date.now());
      const { values = [] } = await api.aggregateAuditEvents({ organization, ...filter, by, top: 50 }, { signal });
      return values;
    },
  });
}

/** One event. */
export function eventQuery({ api, organization }: AuditSource, id: string) {
  return queryOptions({
    queryKey: ['audit', 'event', organization, id],
    // An event never changes.
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => api.getAuditEvent({ organization, id }, { signal }),
  });
}

/** The proof of an event, checked in this browser. */
export function proofQuery({ api, organization }: AuditSource, id: string) {
  return queryOptions({
    queryKey: ['audit', 'proof', organization, id],
    staleTime: 60_000,
    async queryFn({ signal }) {
      const [inclusion, keys, { checkProof }] = await Promise.all([
        api.proveAuditEvent({ organization, id }, { signal }),
        api.listAuditKeys({}, { signal }),
        import('../../parts/proof/check-proof.ts'),
      ]);
      const startedMs = performance.now();
      const check = checkProof(id, inclusion, keys);
      return { inclusion, check, tookMs: performance.now() - startedMs };
    },
  });
}
