import { isCodedError } from '@sallyport/core/errors';
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { describeServerProblem } from '../api/server-problem.ts';

/** Key of the query that says who is signed in. */
export const SESSION_KEY = ['session'] as const;

const MAX_RETRIES = 2;

/**
 * The cache of what the server said, for one person alone: whoever is signed in next begins with an empty one. An answer that nobody
 * is signed in any more asks for the session again, which leads to signing in.
 */
export function createPageQueries(): QueryClient {
  const onError = (error: unknown) => {
    if (describeServerProblem(error).code === 'ERR_API_UNAUTHENTICATED') {
      void client.invalidateQueries({ queryKey: SESSION_KEY });
    }
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        refetchOnWindowFocus: true,
        // What the server refused stays refused; only one that can't be reached is asked again.
        retry: (count, error) => count < MAX_RETRIES && isCodedError(error) && isAway(error.code, error.cause),
        retryDelay: (count) => 500 * 2 ** count,
      },
    },
  });
  return client;
}

/** Whether the server did not answer at all, rather than with something that can't be read. */
const isAway = (code: string, cause: unknown) =>
  code === 'ERR_API_UNREACHABLE' && cause instanceof Error && cause.message === 'Failed to fetch';
