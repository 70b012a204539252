import type { ApiClient, TextReader } from '@sallyport/core/api';
import { createPageClient } from '../../api/client.ts';
import { readWebSession } from '../../api/session.ts';

/** What {@link createServerClient} needs. */
export interface ServerClientOptions {
  /**
   * Where the server is: its public address (`https://sallyport.example.com`), or the prefix under which a proxy of the page's own
   * origin passes requests on to it (`/sallyport`). Without a slash at the end.
   */
  readonly baseUrl: string;
  /** Defaults to the global `fetch`. */
  readonly fetch?: typeof fetch;
  /**
   * A bearer credential, called for each request, so that it can be renewed. Absent: the session counts that the person's browser
   * has at the server. Terminals need that session: a browser can't put a credential on a WebSocket.
   */
  readonly accessToken?: () => string | Promise<string>;
}

/** What parts speak to a server through. */
export interface ServerClient {
  /** Where the server is, as it was given. */
  readonly baseUrl: string;
  /** The REST API, one method for each operation. */
  readonly api: ApiClient;
  /** Reads long answers piece by piece: recordings, exports, event streams. */
  readonly readText: TextReader;
  /** The address of a WebSocket of the server, for a path that it said. */
  readonly socketUrl: (path: string) => URL;
}

/**
 * Creates the client that a {@link SallyportProvider} takes. Nothing is asked before the first call.
 *
 * Calls reject with `ERR_API_PROBLEM` when the server refuses, and with `ERR_API_UNREACHABLE` when it can't be reached. Requests are
 * never redirected and none is repeated.
 */
export function createServerClient(options: ServerClientOptions): ServerClient {
  const { baseUrl, accessToken, fetch: doFetch = (url, init) => fetch(url, init) } = options;
  let session: Promise<Readonly<Record<string, string>>> | undefined;

  async function bySession(): Promise<Readonly<Record<string, string>>> {
    session ??= readWebSession({ baseUrl, fetch: withCookies }).then(
      (found): Readonly<Record<string, string>> => (found === null ? {} : { [found.csrf.header]: found.csrf.token }),
    );
    try {
      return await session;
    } catch (error) {
      session = undefined;
      throw error;
    }
  }

  const withCookies: typeof fetch = async (url, init) => {
    const answer = await doFetch(url, { ...init, credentials: 'include' });
    // Another session has another token: the next request asks for it.
    if (answer.status === 401 || answer.status === 403) session = undefined;
    return answer;
  };
  const withToken: typeof fetch = (url, init) => doFetch(url, { ...init, credentials: 'omit' });
  const client = createPageClient({
    baseUrl,
    fetch: accessToken === undefined ? withCookies : withToken,
    headers: accessToken === undefined ? bySession : async () => ({ authorization: `Bearer ${await accessToken()}` }),
  });
  return { baseUrl, ...client };
}
