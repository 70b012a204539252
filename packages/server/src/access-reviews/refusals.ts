import { ApiError } from '../errors.ts';

/** The answer to whoever asks for an access review that is not there, or that they may not know of. */
export function noSuchReview(id: string): ApiError {
  return new ApiError({
    code: 'ERR_API_NOT_FOUND',
    message: `there is no access review ${JSON.stringify(id.slice(0, 64))} for you`,
    nextStep: 'Run `sallyport reviews list` to see those that there are.',
  });
}

/** The same for one of the things that it asks about. */
export function noSuchItem(id: string): ApiError {
  return new ApiError({
    code: 'ERR_API_NOT_FOUND',
    message: `the access review asks about no ${JSON.stringify(id.slice(0, 64))} that you may see`,
    nextStep: 'Run `sallyport reviews show REVIEW --items` to see what it asks about.',
  });
}
