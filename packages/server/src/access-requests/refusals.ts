import type { Refusal, RefusalKind } from '@sallyport/authz';
import type { ApiProblemCode } from '@sallyport/core/api';
import { ApiError } from '../errors.ts';

/** The answer to whoever asks for an access request that is not there, or that they may not know of. */
export function noSuchRequest(id: string): ApiError {
  return new ApiError({
    code: 'ERR_API_NOT_FOUND',
    message: `there is no access request ${JSON.stringify(id.slice(0, 64))} for you`,
    nextStep: 'Run `sallyport access list` to see those that there are.',
  });
}

/** The answer to whoever asks for a grant that is not there, or that they may not know of. */
export function noSuchGrant(id: string): ApiError {
  return new ApiError({
    code: 'ERR_API_NOT_FOUND',
    message: `there is no grant ${JSON.stringify(id.slice(0, 64))} for you`,
    nextStep: 'Run `sallyport grants list` to see those that there are.',
  });
}

/** The answer to whoever comes second: somebody or something else decided it before. */
export function decidedAlready(message: string): ApiError {
  return new ApiError({ code: 'ERR_API_CONFLICT', message, nextStep: 'Look at what it is now.' });
}

/** Refuses a field of the body for what it says. */
export function refusedField(path: string, message: string, nextStep?: string): ApiError {
  return new ApiError({
    code: 'ERR_API_REQUEST_INVALID',
    message: `${path} ${message}`,
    problems: [{ path: `body.${path}`, message }],
    ...(nextStep !== undefined && { nextStep }),
  });
}

const CODES: Readonly<Record<RefusalKind, ApiProblemCode>> = {
  invalid: 'ERR_API_REQUEST_INVALID',
  notRequestable: 'ERR_API_NOT_REQUESTABLE',
  reviewRefused: 'ERR_API_REVIEW_REFUSED',
  contentChanged: 'ERR_API_CONTENT_CHANGED',
  conflict: 'ERR_API_CONFLICT',
};

/** A refusal of a life cycle as the API answers it. */
export function refused({ kind, message, nextStep }: Refusal): ApiError {
  return new ApiError({ code: CODES[kind], message, ...(nextStep !== undefined && { nextStep }) });
}
