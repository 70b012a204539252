import { createContext, type ReactNode, useContext } from 'react';
import type { WebSession } from '../api/session.ts';
import { type PartsHost, PartsHostProvider } from '../parts/host.ts';

/** What a page for people who are signed in works with; the organization is that of the session. */
export interface SignedIn extends PartsHost {
  readonly session: WebSession;
}

const SignedInContext = createContext<SignedIn | undefined>(undefined);

/** Gives pages, and the parts that they are made of, the session. */
export function SignedInProvider({ value, children }: { readonly value: SignedIn; readonly children: ReactNode }) {
  return (
    <SignedInContext value={value}>
      <PartsHostProvider value={value}>{children}</PartsHostProvider>
    </SignedInContext>
  );
}

/** The session that the page is read in. */
export function useSignedIn(): SignedIn {
  const signedIn = useContext(SignedInContext);
  if (signedIn === undefined) throw new Error('a page for people who are signed in stands outside of the gate');
  return signedIn;
}
