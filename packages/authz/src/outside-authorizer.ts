import type { AccessQuery } from './query.ts';

/** What somebody else says of a request that the policy allows. */
export type OutsideVerdict =
  | { readonly effect: 'allow' }
  /** `reason` is shown to the caller, as one sentence. */
  | { readonly effect: 'deny'; readonly reason: string };

/**
 * Asks somebody else, such as a policy service, about a request that the policy allows already: it can only take away. A
 * rejection, an answer of another form, and none at all by the time that `signal` is aborted count as a denial.
 */
export type OutsideAuthorizer = (
  query: AccessQuery,
  options: { readonly signal: AbortSignal },
) => Promise<OutsideVerdict>;
