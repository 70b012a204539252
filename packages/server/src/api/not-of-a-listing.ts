import { ApiError } from '../errors.ts';

/** The refusal of a `continue` that no listing gave. */
export function notOfAListing(): ApiError {
  return new ApiError({
    code: 'ERR_API_REQUEST_INVALID',
    message: 'the query parameter continue is not one that a listing gave',
    problems: [{ path: 'query.continue', message: 'is not one that a listing gave' }],
    nextStep: 'Start again without it.',
  });
}
