import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { type KubeKind, objectPath } from '../../api/kube/discovery.ts';
import { type KubeClient, TABLE } from '../../api/kube/kube-client.ts';
import { linesOf } from '../../api/kube/lines.ts';
import { pause } from '../../api/kube/pause.ts';
import { applyEvent, type KubeTable, type TableEvent, type TableView, tableView } from '../../api/kube/table.ts';

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
  return useQuery({
    queryKey: tableKey(client, kind, namespace),
    queryFn: ({ signal }) => readTable(client, objectPath(kind, namespace), signal),
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
  const isRead = query.data !== undefined;
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
          for await (const event of events) {
            const view = current();
            const next = view && applyEvent(view, event);
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

async function readTable(client: KubeClient, path: string, signal: AbortSignal): Promise<TableView> {
  let view: TableView | undefined;
  let next: string | undefined;
  do {
    const query = new URLSearchParams({ limit: String(PAGE), ...(next !== undefined && { continue: next }) });
    const table: KubeTable = await client.get(`${path}?${query}`, { accept: TABLE, signal });
    const page = tableView(table);
    view = view === undefined ? page : { ...page, columns: view.columns, rows: [...view.rows, ...page.rows] };
    next = table.metadata?.continue;
  } while (next !== undefined && next !== '' && view.rows.length < MAX_ROWS);
  return view;
}

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
