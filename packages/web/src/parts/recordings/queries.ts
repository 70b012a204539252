import type { ApiClient, SessionResource, TextReader } from '@sallyport/core/api';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { LIVE } from '../../api/live.ts';

/** Where recordings are asked for. */
export interface RecordingSource {
  readonly api: ApiClient;
  readonly readText: TextReader;
  readonly organization: string;
}

/** What recordings are filtered by, as the address says it. */
export const RECORDING_FILTERS = ['user', 'cluster', 'namespace', 'pod', 'kind', 'state'] as const;

/** Filters of recordings; see {@link RECORDING_FILTERS}. */
export type RecordingFilter = Partial<Record<(typeof RECORDING_FILTERS)[number], string>>;

const PAGE = 100;

type ListInput = Parameters<ApiClient['listSessions']>[0];

/** Recorded sessions, newest first, page by page. */
export function sessionsQuery({ api, organization }: RecordingSource, filter: RecordingFilter) {
  return infiniteQueryOptions({
    queryKey: ['recordings', 'list', organization, filter],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ metadata }: Awaited<ReturnType<ApiClient['listSessions']>>) => metadata.continue,
    queryFn: ({ pageParam, signal }) =>
      api.listSessions(
        { organization, ...filter, limit: PAGE, ...(pageParam !== undefined && { continue: pageParam }) } as ListInput,
        { signal },
      ),
    ...LIVE,
  });
}

/** Sessions in which words were printed. */
export function sessionSearchQuery({ api, organization }: RecordingSource, q: string, filter: RecordingFilter) {
  return queryOptions({
    queryKey: ['recordings', 'search', organization, q, filter],
    enabled: q !== '',
    queryFn: ({ signal }) =>
      api.searchSessions({ organization, ...filter, q } as Parameters<ApiClient['searchSessions']>[0], { signal }),
  });
}

/** One session. */
export function sessionQuery({ api, organization }: RecordingSource, id: string) {
  return queryOptions({
    queryKey: ['recordings', 'one', organization, id],
    queryFn: ({ signal }) => api.getSession({ organization, id }, { signal }),
    refetchInterval: ({ state }) => (state.data?.state === 'recording' ? LIVE.refetchInterval : false),
  });
}

/** What was recorded, in memory. */
export function castQuery({ readText, organization }: RecordingSource, id: string) {
  return queryOptions({
    queryKey: ['recordings', 'cast', organization, id],
    // What has ended never changes. It is held for as long as its page is open: it may be large.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    async queryFn({ signal }) {
      const { readCast } = await import('../player/cast.ts');
      const { chunks } = await readText('getRecording', { organization, id }, { signal });
      return readCast(chunks);
    },
  });
}

/** What the audit log says of a recording that has ended, with its proof checked in this browser; for who may read the log. */
export function integrityQuery({ api, organization }: RecordingSource, session: SessionResource) {
  const { id, state } = session;
  return queryOptions({
    queryKey: ['recordings', 'integrity', organization, id, state],
    enabled: state !== 'recording',
    staleTime: Number.POSITIVE_INFINITY,
    async queryFn({ signal }) {
      const code = 'session.recording.ended,session.recording.interrupted';
      const { items } = await api.listAuditEvents({ organization, recording: id, code, limit: 1 }, { signal });
      const [event] = items;
      if (event === undefined) return { verdict: 'unknown' } as const;
      const [inclusion, keys, { checkProof }] = await Promise.all([
        api.proveAuditEvent({ organization, id: event.id }, { signal }),
        api.listAuditKeys({}, { signal }),
        import('../proof/check-proof.ts'),
      ]);
      const { judgeRecording } = await import('./integrity.ts');
      return {
        verdict: judgeRecording(session, inclusion.event, checkProof(event.id, inclusion, keys)),
        eventId: event.id,
      };
    },
  });
}
