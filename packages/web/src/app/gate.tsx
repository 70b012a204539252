import { type QueryClient, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import { createPageClient } from '../api/client.ts';
import { fetchSession } from '../api/early-session.ts';
import { readWebSession, type WebSession } from '../api/session.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { SESSION_KEY } from './query-client.ts';
import { SignedInProvider } from './signed-in.tsx';
import { useLiveChanges } from './use-live-changes.ts';

/** Who is signed in in this browser; `null` when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: SESSION_KEY,
  queryFn: ({ signal }) => readWebSession({ signal, fetch: fetchSession }),
  staleTime: 60_000,
});

/** Shows the site to whoever is signed in, and `signIn` to everybody else, at the same address. */
export function SessionGate({ signIn, children }: { readonly signIn: ReactNode; readonly children: ReactNode }) {
  const queries = useQueryClient();
  const query = useQuery(sessionQuery);
  const isNobody = query.data === null;
  useEffect(() => {
    if (isNobody) forget(queries);
  }, [isNobody, queries]);
  if (isNobody) return signIn;
  if (query.data !== undefined && query.data !== null)
    return <WithSession session={query.data}>{children}</WithSession>;
  if (query.isPending) return <Skeleton label="Asking who you are" />;
  return (
    <main className="mx-auto max-w-[640px] px-6 py-10">
      <h1 className="pb-4 text-heading font-semibold">Sign in</h1>
      <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
    </main>
  );
}

function WithSession({ session, children }: { readonly session: WebSession; readonly children: ReactNode }) {
  const queries = useQueryClient();
  const who = `${session.organization.name}/${session.principal.userName}`;
  const known = useRef(who);
  // Before anything is drawn for somebody else: what the one before was told is not theirs.
  if (known.current !== who) {
    known.current = who;
    forget(queries);
  }
  const { header, token } = session.csrf;
  const client = useMemo(
    () => createPageClient({ fetch: (url, init) => fetch(url, init), headers: () => ({ [header]: token }) }),
    [header, token],
  );
  const me = useQuery({
    queryKey: ['me'],
    queryFn: ({ signal }) => client.api.whoAmI({}, { signal }),
    refetchInterval: 15_000,
  });
  useLiveChanges(client, me.data !== undefined);
  const signedIn = useMemo(
    () => ({ session, organization: session.organization.name, ...client, me: me.data }),
    [session, client, me.data],
  );
  return <SignedInProvider value={signedIn}>{children}</SignedInProvider>;
}

/** What the server says to anybody. */
const OF_NOBODY: ReadonlySet<string> = new Set([SESSION_KEY[0], 'discovery', 'signInMethods']);

/** Removes what the server said to one person. */
function forget(queries: QueryClient): void {
  queries.removeQueries({ predicate: ({ queryKey }) => !OF_NOBODY.has(String(queryKey[0])) });
}
