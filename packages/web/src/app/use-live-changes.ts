import { type Query, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { PageClient } from '../api/client.ts';
import { followEvents } from '../api/follow-events.ts';

/** After how long a stream is opened again that the server has ended, in milliseconds. */
const AGAIN_MS = 15_000;

/**
 * Asks again what a page shows that others change, as soon as the server says that something has. Where it does not, e.g. because
 * too many pages are open, that is asked every fifteen seconds.
 */
export function useLiveChanges({ readText }: Pick<PageClient, 'readText'>, isOn: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!isOn) return;
    const stop = new AbortController();
    const { signal } = stop;
    let again: ReturnType<typeof setTimeout> | undefined;
    const refresh = () => {
      // A page in the background asks when somebody comes back to it.
      if (!document.hidden) void queries.invalidateQueries({ predicate: isLive });
    };
    const open = () => readText('watchMyChanges', {}, { signal });
    const follow = async () => {
      let isFirst = true;
      const onState = (isConnected: boolean) => {
        // What changed while the connection was lost was not told.
        if (isConnected && !isFirst) refresh();
        isFirst = false;
      };
      for await (const { type } of followEvents({ open, signal, onState })) if (type === 'change') refresh();
      if (!signal.aborted) again = setTimeout(start, AGAIN_MS);
    };
    const start = () => void follow().catch(() => {});
    start();
    return () => {
      stop.abort();
      clearTimeout(again);
    };
  }, [queries, readText, isOn]);
}

/** Whether a query is of those that are asked every few seconds while the page is looked at, and of this server's own. */
function isLive({ queryKey, observers }: Query): boolean {
  return (
    queryKey[0] !== 'kube' && observers.some(({ options: { refetchInterval = false } }) => refetchInterval !== false)
  );
}
