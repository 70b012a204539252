import { paths } from '../app/paths.ts';
import { reach, readAnswer } from './client.ts';

/** Who is signed in in this browser, and what its changes must carry. */
export interface WebSession {
  readonly principal: { readonly userName: string; readonly displayName: string };
  readonly organization: { readonly name: string };
  readonly csrf: { readonly header: string; readonly token: string };
}

/**
 * Asks who is signed in in this browser; `null` when nobody is.
 * @throws ApiProblemError when the server refuses for another reason
 * @throws CoreError `ERR_API_UNREACHABLE`
 */
export async function readWebSession({
  signal,
  baseUrl = '',
  fetch: doFetch = fetch,
}: {
  readonly signal?: AbortSignal;
  /** Where the server is. Default: the origin of the page. */
  readonly baseUrl?: string;
  readonly fetch?: typeof fetch;
}): Promise<WebSession | null> {
  const answer = await reach(signal, () =>
    doFetch(`${baseUrl}${paths.session}`, {
      headers: { accept: 'application/json' },
      redirect: 'error',
      ...(signal && { signal }),
    }),
  );
  if (answer.status === 401) return null;
  return readAnswer(answer, await answer.text(), readSession);
}

function readSession(body: unknown): WebSession {
  const { principal, organization, csrf } = partsOf(body);
  const { userName, displayName } = partsOf(principal);
  const { header, token } = partsOf(csrf);
  return {
    principal: { userName: textOf(userName), displayName: textOf(displayName) },
    organization: { name: textOf(partsOf(organization)['name']) },
    csrf: { header: textOf(header), token: textOf(token) },
  };
}

function partsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError('a part of the session is missing');
  return value as Readonly<Record<string, unknown>>;
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('a part of the session is no text');
  return value;
}

/** Ends the browser's session, and leaves the page: to the provider, where that has a session to end as well. */
export async function signOut({ csrf }: WebSession): Promise<void> {
  const answer = await fetch(paths.signOut, { method: 'POST', headers: { [csrf.header]: csrf.token } });
  const body: unknown = await answer.json().catch(() => undefined);
  window.location.assign(logoutUrlOf(body) ?? paths.home);
}

function logoutUrlOf(body: unknown): string | undefined {
  const { logoutUrl } = (body ?? {}) as { readonly logoutUrl?: unknown };
  if (typeof logoutUrl !== 'string' || !URL.canParse(logoutUrl)) return undefined;
  return ['https:', 'http:'].includes(new URL(logoutUrl).protocol) ? logoutUrl : undefined;
}
