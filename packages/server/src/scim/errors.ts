import { CodedError } from '@sallyport/core';

/** Codes of the SCIM endpoint. */
export type ScimErrorCode =
  /** No SCIM token, or none of this identity provider. */
  | 'ERR_SCIM_UNAUTHENTICATED'
  /** The token is good, but the identity provider does not take its groups from SCIM, or is disabled. */
  | 'ERR_SCIM_OFF'
  /** There is no such user, group or path. */
  | 'ERR_SCIM_NOT_FOUND'
  /** The path exists, the method does not. */
  | 'ERR_SCIM_METHOD_NOT_ALLOWED'
  /** The body is malformed, or a value is one that can't be taken. */
  | 'ERR_SCIM_INVALID_VALUE'
  /** The body is not JSON, or not what the path takes. */
  | 'ERR_SCIM_INVALID_SYNTAX'
  /** The path of a patch operation can't be read, or names what patches can't reach. */
  | 'ERR_SCIM_INVALID_PATH'
  /** The filter can't be read. */
  | 'ERR_SCIM_INVALID_FILTER'
  /** A patch operation selects values of which there are none. */
  | 'ERR_SCIM_NO_TARGET'
  /** A patch operation would change what only the server sets. */
  | 'ERR_SCIM_MUTABILITY'
  /** The user name or group name is taken. */
  | 'ERR_SCIM_UNIQUENESS'
  /** `If-Match` names another version than the resource has by now. */
  | 'ERR_SCIM_PRECONDITION'
  /** The body is larger than the limit, or has more operations. */
  | 'ERR_SCIM_TOO_LARGE'
  /** The server can't decide now; `Retry-After` says when to come back. */
  | 'ERR_SCIM_UNAVAILABLE'
  /** The server failed. */
  | 'ERR_SCIM_INTERNAL';

/** A SCIM request that is refused. The message becomes the `detail` of the answer (RFC 7644, section 3.12). */
export class ScimError extends CodedError<ScimErrorCode> {}

/** Makes a {@link ScimError}. */
export function scimError(code: ScimErrorCode, message: string, cause?: unknown): ScimError {
  return new ScimError({ code, message, cause });
}

/** How a code is answered: HTTP status and the `scimType` of RFC 7644, table 9. */
export function describeScimError(code: ScimErrorCode): { readonly status: number; readonly scimType?: string } {
  switch (code) {
    case 'ERR_SCIM_UNAUTHENTICATED':
      return { status: 401 };
    case 'ERR_SCIM_OFF':
      return { status: 403 };
    case 'ERR_SCIM_NOT_FOUND':
      return { status: 404 };
    case 'ERR_SCIM_METHOD_NOT_ALLOWED':
      return { status: 405 };
    case 'ERR_SCIM_INVALID_VALUE':
      return { status: 400, scimType: 'invalidValue' };
    case 'ERR_SCIM_INVALID_SYNTAX':
      return { status: 400, scimType: 'invalidSyntax' };
    case 'ERR_SCIM_INVALID_PATH':
      return { status: 400, scimType: 'invalidPath' };
    case 'ERR_SCIM_INVALID_FILTER':
      return { status: 400, scimType: 'invalidFilter' };
    case 'ERR_SCIM_NO_TARGET':
      return { status: 400, scimType: 'noTarget' };
    case 'ERR_SCIM_MUTABILITY':
      return { status: 400, scimType: 'mutability' };
    case 'ERR_SCIM_UNIQUENESS':
      return { status: 409, scimType: 'uniqueness' };
    case 'ERR_SCIM_PRECONDITION':
      return { status: 412 };
    case 'ERR_SCIM_TOO_LARGE':
      return { status: 413 };
    case 'ERR_SCIM_UNAVAILABLE':
      return { status: 503 };
    case 'ERR_SCIM_INTERNAL':
      return { status: 500 };
  }
}
