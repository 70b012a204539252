import { type ApiClient, ApiProblemError, createApiClient, problemSchema } from '@sallyport/core/api';
import { z } from 'zod';
import { paths } from '../route.ts';

const webSessionSchema = z.object({
  principal: z.object({ userName: z.string(), displayName: z.string() }),
  organization: z.object({ name: z.string() }),
  csrf: z.object({ header: z.string(), token: z.string() }),
});

/** Who is signed in in this browser, and what its changes must carry. */
export type WebSession = z.infer<typeof webSessionSchema>;

/**
 * Asks who is signed in in this browser; `undefined` when nobody is.
 * @throws ApiProblemError when the server refuses for another reason
 */
export async function readWebSession(signal: AbortSignal): Promise<WebSession | undefined> {
  const answer = await fetch(paths.session, { headers: { accept: 'application/json' }, redirect: 'error', signal });
  if (answer.status === 401) return undefined;
  const body: unknown = await answer.json();
  if (!answer.ok) throw new ApiProblemError(problemSchema.parse(body));
  return webSessionSchema.parse(body);
}

/** A client of the REST API that speaks by the browser's session. */
export function createPageClient({ csrf }: WebSession): ApiClient {
  return createApiClient({
    baseUrl: window.location.origin,
    fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, [csrf.header]: csrf.token } }),
  });
}

/** Ends the browser's session, and leaves the page: to the provider, where that has a session to end as well. */
export async function signOut({ csrf }: WebSession): Promise<void> {
  const answer = await fetch(paths.signOut, { method: 'POST', headers: { [csrf.header]: csrf.token } });
  const body: unknown = await answer.json().catch(() => undefined);
  const ended = z.object({ logoutUrl: z.url({ protocol: /^https?$/ }).optional() }).safeParse(body);
  window.location.assign(ended.data?.logoutUrl ?? paths.home);
}
