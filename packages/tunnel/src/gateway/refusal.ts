import { isCodedError } from '@sallyport/core';

/** What the peer is told of an error: code and message of one of ours, nothing of any other. */
export function refusalText(error: unknown): string {
  return isCodedError(error) ? `${error.code}: ${error.message}` : 'internal error';
}
