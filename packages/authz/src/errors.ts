import { CodedError } from '@sallyport/core';

/** Codes of `@sallyport/authz`. */
export type AuthzErrorCode =
  /** A CEL expression can't be parsed, names something unknown, has the wrong type, or is larger than its limits. */
  'ERR_EXPRESSION_INVALID';

/** Error of `@sallyport/authz`. */
export class AuthzError extends CodedError<AuthzErrorCode> {}
