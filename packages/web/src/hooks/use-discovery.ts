import { type Discovery, fetchDiscovery } from '@sallyport/core/api';
import { useCallback, useEffect, useState } from 'react';
import { describeServerProblem, type ServerProblem } from '../api/server-problem.ts';

/** Where reading the discovery document stands. */
export type DiscoveryState =
  | { readonly phase: 'loading' }
  | { readonly phase: 'ready'; readonly discovery: Discovery }
  | { readonly phase: 'failed'; readonly problem: ServerProblem };

/** Reads the discovery document of the server that served the page; `retry` reads it again. */
export function useDiscovery(): { readonly state: DiscoveryState; readonly retry: () => void } {
  const [state, setState] = useState<DiscoveryState>({ phase: 'loading' });
  const [attempt, setAttempt] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt is the reason to read again.
  useEffect(() => {
    const gone = new AbortController();
    setState({ phase: 'loading' });
    fetchDiscovery({ baseUrl: window.location.origin, signal: gone.signal }).then(
      (discovery) => setState({ phase: 'ready', discovery }),
      (error: unknown) => {
        if (!gone.signal.aborted) setState({ phase: 'failed', problem: describeServerProblem(error) });
      },
    );
    return () => gone.abort();
  }, [attempt]);

  const retry = useCallback(() => setAttempt((count) => count + 1), []);
  return { state, retry };
}
