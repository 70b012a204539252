import { ServerError } from '../../errors.ts';

/** An answer of the API server that can't be understood, so that nobody knows what is in it. `what` ends the sentence. */
export function unreadable(what: string): ServerError {
  return new ServerError({
    code: 'ERR_PROXY_ANSWER_UNREADABLE',
    message: `the API server's answer has to be filtered or masked, and can not be read: ${what}`,
  });
}

/** An answer that is more than is held in memory for reading. */
export function tooLarge(what: string): ServerError {
  return new ServerError({
    code: 'ERR_PROXY_ANSWER_TOO_LARGE',
    message: `the API server's answer has to be filtered or masked, and ${what}`,
  });
}
