import type { ApiClient, TextReader, WhoAmI } from '@sallyport/core/api';
import { createContext, useContext } from 'react';

/** What parts work with: a server, and who is asking. */
export interface PartsHost {
  /** Name of the organization that they are about. */
  readonly organization: string;
  readonly api: ApiClient;
  readonly readText: TextReader;
  /** The address of a WebSocket of the server, for a path that it said. */
  readonly socketUrl: (path: string) => URL;
  /** Who the reader is and what they may do in the whole organization. Absent until the server has said so. */
  readonly me: WhoAmI | undefined;
}

/** The server of parts, for what can do without. */
export const PartsHostContext = createContext<PartsHost | undefined>(undefined);

/** Gives parts below it their server. */
export const PartsHostProvider = PartsHostContext.Provider;

/** The server that a part works with. */
export function usePartsHost(): PartsHost {
  const host = useContext(PartsHostContext);
  if (host === undefined) throw new Error('a part stands outside of its provider');
  return host;
}
