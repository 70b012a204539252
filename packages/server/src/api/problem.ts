import type { ServerResponse } from 'node:http';
import { isCodedError, type Logger } from '@sallyport/core';
import { type ApiProblemCode, PROBLEM_MEDIA_TYPE, type Problem } from '@sallyport/core/api';
import type { ErrorRequestHandler } from 'express';
import { stepUpChallenge } from '../authn/step-up.ts';
import { ApiError } from '../errors.ts';

/** Where `type` and `docs` of a problem lead, when the installation has no documentation of its own. */
const REFERENCE = 'https://sallyport.dev/docs/errors';

/** Translates whatever an operation threw into a problem document: the one place where codes become HTTP. */
export function problemHandler(options: { readonly logger: Logger; readonly docs?: string }): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const failure = toApiError(error);
    if (describe(failure.code).status >= 500) {
      options.logger.error({ err: error, method: request.method, path: request.path }, 'a request to the API failed');
    }
    sendProblem(response, failure, options.docs);
  };
}

/** Answers with a problem document. */
export function sendProblem(response: ServerResponse, error: ApiError, docs?: string): void {
  const { status, title } = describe(error.code);
  const link = `${docs ?? REFERENCE}#${error.code.toLowerCase()}`;
  const problem: Problem = {
    type: link,
    title,
    status,
    detail: error.message,
    code: error.code,
    ...(error.nextStep !== undefined && { nextStep: error.nextStep }),
    ...(docs !== undefined && { docs: link }),
    ...(error.problems.length > 0 && { problems: [...error.problems] }),
  };
  if (error.allow.length > 0) response.setHeader('allow', error.allow.join(', '));
  if (error.code === 'ERR_API_UNAUTHENTICATED') response.setHeader('www-authenticate', 'DPoP algs="ES256"');
  if (error.stepUp !== undefined) response.setHeader('www-authenticate', stepUpChallenge(error.stepUp));
  if (error.code === 'ERR_API_STALE') response.setHeader('retry-after', '1');
  const body = Buffer.from(JSON.stringify(problem));
  response.statusCode = status;
  response.setHeader('content-type', `${PROBLEM_MEDIA_TYPE}; charset=utf-8`);
  response.setHeader('content-length', body.length);
  response.end(body);
}

/** What passes by itself, and what is said about it. */
const TRANSIENT = {
  ERR_STORE_UNREACHABLE: 'the server can not reach its database',
  ERR_STORE_BUSY: 'the database is too busy for this now',
} as const;

/** What an operation threw, in the words of the API. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  // body-parser's errors say what went wrong with the body in `type`.
  switch ((error as { readonly type?: unknown } | null)?.type) {
    case 'entity.too.large':
      return new ApiError({ code: 'ERR_API_BODY_TOO_LARGE', message: 'the body is larger than 1 MiB', cause: error });
    case 'entity.parse.failed':
    case 'encoding.unsupported':
    case 'charset.unsupported':
    case 'request.size.invalid':
    case 'request.aborted':
      return new ApiError({ code: 'ERR_API_REQUEST_INVALID', message: 'the body is not JSON', cause: error });
  }
  if (error instanceof URIError) {
    return new ApiError({ code: 'ERR_API_REQUEST_INVALID', message: 'the path is not well encoded', cause: error });
  }
  if (isCodedError(error) && Object.hasOwn(TRANSIENT, error.code)) {
    return new ApiError({
      code: 'ERR_API_STALE',
      message: TRANSIENT[error.code as keyof typeof TRANSIENT],
      nextStep: 'Try again in a moment.',
      cause: error,
    });
  }
  if (isCodedError(error) && error.code === 'ERR_SIGNER_AWAY') {
    return new ApiError({
      code: 'ERR_API_STALE',
      message: error.message,
      nextStep: 'Try again in a moment.',
      cause: error,
    });
  }
  return new ApiError({
    code: 'ERR_API_INTERNAL',
    message: isCodedError(error) ? `the server failed with ${error.code}` : 'the server failed',
    nextStep: "Try again; if it lasts, look into the server's log.",
    cause: error,
  });
}

function describe(code: ApiProblemCode): { readonly status: number; readonly title: string } {
  switch (code) {
    case 'ERR_API_UNAUTHENTICATED':
      return { status: 401, title: 'Not signed in' };
    case 'ERR_API_FORBIDDEN':
      return { status: 403, title: 'Not permitted' };
    case 'ERR_API_NOT_FOUND':
      return { status: 404, title: 'Not found' };
    case 'ERR_API_METHOD_NOT_ALLOWED':
      return { status: 405, title: 'Method not allowed' };
    case 'ERR_API_REQUEST_INVALID':
      return { status: 400, title: 'Invalid request' };
    case 'ERR_API_BODY_TOO_LARGE':
      return { status: 413, title: 'Body too large' };
    case 'ERR_API_MEDIA_TYPE':
      return { status: 415, title: 'Unsupported media type' };
    case 'ERR_API_CROSS_SITE':
      return { status: 403, title: 'Cross-site request' };
    case 'ERR_API_TICKET_REFUSED':
      return { status: 403, title: 'Ticket refused' };
    case 'ERR_API_CONFLICT':
      return { status: 409, title: 'Conflict' };
    case 'ERR_API_PRECONDITION':
      return { status: 412, title: 'Precondition failed' };
    case 'ERR_API_IDEMPOTENCY':
      return { status: 422, title: 'Idempotency key reused' };
    case 'ERR_API_IN_USE':
      return { status: 409, title: 'In use' };
    case 'ERR_API_EXCEEDS_AUTHORITY':
      return { status: 403, title: 'More than you hold' };
    case 'ERR_API_LAST_OWNER':
      return { status: 409, title: 'Last owner' };
    case 'ERR_API_NOT_REQUESTABLE':
      return { status: 403, title: 'Not requestable' };
    case 'ERR_API_REVIEW_REFUSED':
      return { status: 403, title: 'Not yours to review' };
    case 'ERR_API_CONTENT_CHANGED':
      return { status: 409, title: 'Content changed' };
    case 'ERR_API_READ_ONLY':
      return { status: 409, title: 'Read-only' };
    case 'ERR_API_LIMIT':
      return { status: 409, title: 'Limit reached' };
    case 'ERR_API_STEP_UP_REQUIRED':
      return { status: 401, title: 'Fresh login required' };
    case 'ERR_API_TOO_MANY_REQUESTS':
      return { status: 429, title: 'Too many requests' };
    case 'ERR_API_STALE':
      return { status: 503, title: 'Temporarily unavailable' };
    case 'ERR_API_RECORDING_UNREADABLE':
      return { status: 503, title: 'Recording unreadable' };
    case 'ERR_API_INTERNAL':
      return { status: 500, title: 'Internal error' };
  }
}
