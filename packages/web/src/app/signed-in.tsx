import type { ApiClient, TextReader, WhoAmI } from '@sallyport/core/api';
import { createContext, useContext } from 'react';
import type { WebSession } from '../api/session.ts';

/** What a page for people who are signed in works with. */
export interface SignedIn {
  readonly session: WebSession;
  /** Name of the organization of the session: the one that pages are about. */
  readonly organization: string;
  readonly api: ApiClient;
  readonly readText: TextReader;
  /** Who the reader is and what they may do in the whole organization. Absent until the server has said so. */
  readonly me: WhoAmI | undefined;
}

const SignedInContext = createContext<SignedIn | undefined>(undefined);

/** Gives pages the session. */
export const SignedInProvider = SignedInContext.Provider;

/** The session that the page is read in. */
export function useSignedIn(): SignedIn {
  const signedIn = useContext(SignedInContext);
  if (signedIn === undefined) throw new Error('a page for people who are signed in stands outside of the gate');
  return signedIn;
}
