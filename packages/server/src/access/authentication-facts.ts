import type { AuthenticationFacts } from '@sallyport/authz';
import type { LoginSession } from '../stores/contracts.ts';

/** A time that no demand for a fresh login takes for fresh. */
const LONG_AGO = new Date(0);

/** How somebody signed in, as conditions read it. Where the provider does not say when, the login is as old as can be. */
export function authenticationOf(session: LoginSession): AuthenticationFacts {
  const { method, authenticatedAt = LONG_AGO, acr, amr } = session;
  return { method, authenticatedAt, ...(acr !== undefined && { acr }), ...(amr && { amr }) };
}
