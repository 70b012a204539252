import { CodedError } from '@sallyport/core';

/** Codes of `@sallyport/authz`. */
export type AuthzErrorCode =
  /** A CEL expression can't be parsed, names something unknown, has the wrong type, or is larger than its limits. */
  | 'ERR_EXPRESSION_INVALID'
  /** A document refers to something that none of the documents beside it describes. */
  | 'ERR_POLICY_REFERENCE_MISSING';

/** Error of `@sallyport/authz`. */
export class AuthzError extends CodedError<AuthzErrorCode> {}
