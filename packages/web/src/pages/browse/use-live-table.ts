import { ApiProblemError } from '@sallyport/core/api';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { type KubeKind, objectPath } from '../../api/kube/discovery.ts';
import { inFrames } from '../../api/kube/in-frames.ts';
import { type KubeClient, TABLE } from '../../api/kube/kube-client.ts';
import { linesOf } from '../../api/kube/lines.ts';
import { pause } from '../../api/kube/pause.ts';
import { applyEvents, type KubeTable, type TableEvent, type TableView, tableView } from '../../api/kube/table.ts';

const PAGE = 500;
/** Most rows that are read; beyond, the reader narrows by namespace. */
export const MAX_ROWS = 10_000;
const WATCH_AGAIN_MS = 5_000;

/** A list and whether it follows the cluster. */
export interface LiveTable {
  readonly query: ReturnType<typeof useTableQuery>;
  readonly isLive: boolean;
}

function useTableQuery(client: KubeClient, kind: KubeKind, namespace: string | undefined) {
  const queries = useQueryClient();
  const key = tableKey(client, kind, namespace);
  return useQuery({
    queryKey: key,
    queryFn: ({ signal }) =>
      readTable(client, objectPath(kind, namespace), signal, (view) =>
        // What has come so far is shown; a list that was there before stays until the new one is whole.
        queries.setQueryData(key, (before: TableView | undefined) => (before?.isWhole === true ? before : view)),
      ),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
}

/** Lists a kind in the server's own columns, and follows it by a watch for as long as it is looked at. */
export function useLiveTable(client: KubeClient, kind: KubeKind, namespace: string | undefined): LiveTable {
  const queries = useQueryClient();
  const query = useTableQuery(client, kind, namespace);
  const [isLive, setLive] = useState(false);
  const mayWatch = kind.verbs.includes('watch');
  const isRead = query.data?.isWhole === true;
  useEffect(() => {
    if (!isRead || !mayWatch) return;
    const stopping = new AbortController();
    const key = tableKey(client, kind, namespace);
    const current = () => queries.getQueryData<TableView>(key);
    const follow = async () => {
      while (!stopping.signal.aborted) {
        try {
          const from = current()?.resourceVersion ?? '';
          const events = watchTable(client, objectPath(kind, namespace), from, stopping.signal);
          setLive(true);
          for await (const batch of inFrames(events)) {
            const view = current();
            const next = view && applyEvents(view, batch);
            if (next === undefined) {
              await queries.refetchQueries({ queryKey: key });
              break;
            }
            queries.setQueryData(key, next);
          }
        } catch {
          if (stopping.signal.aborted) return;
          // What the list says stays in view; it is read anew, since the watch can't tell what it missed.
          setLive(false);
          await pause(WATCH_AGAIN_MS, stopping.signal);
          await queries.refetchQueries({ queryKey: key });
        }
      }
    };
    void follow();
    return () => {
      stopping.abort();
      setLive(false);
    };
  }, [client, kind, namespace, queries, isRead, mayWatch]);
  return { query, isLive };
}

const tableKey = (client: KubeClient, kind: KubeKind, namespace: string | undefined) => [
  'kube',
  client.clusterId,
  'table',
  kind.id,
  namespace ?? '',
];

/** Reads a list page by page, and tells of each before the next is asked for. */
async function readTable(
  client: KubeClient,
  path: string,
  signal: AbortSignal,
  tell: (soFar: TableView) => void,
): Promise<TableView> {
  let view: TableView | undefined;
  let next: string | undefined;
  let isAnew = false;
  for (;;) {
    const query = new URLSearchParams({ limit: String(PAGE), ...(next !== undefined && { continue: next }) });
    try {
      const table: KubeTable = await client.get(`${path}?${query}`, { accept: TABLE, signal });
      view = tableView(table, view);
      next = table.metadata?.continue;
    } catch (error) {
      // The cluster forgets where a list stood after some minutes; it is begun anew, once.
      if (isAnew || next === undefined || !isGone(error)) throw error;
      isAnew = true;
      view = undefined;
      next = undefined;
      continue;
    }
    if (view.isWhole || view.rows.length >= MAX_ROWS) return { ...view, isWhole: true };
    tell(view);
  }
}

const isGone = (error: unknown) => error instanceof ApiProblemError && error.problem.status === 410;

async function* watchTable(
  client: KubeClient,
  path: string,
  from: string,
  signal: AbortSignal,
): AsyncIterable<TableEvent> {
  const query = new URLSearchParams({ watch: 'true', allowWatchBookmarks: 'true', resourceVersion: from });
  const chunks = await client.stream(`${path}?${query}`, { accept: TABLE, signal });
  for await (const line of linesOf(chunks)) if (line.trim() !== '') yield JSON.parse(line) as TableEvent;
}
