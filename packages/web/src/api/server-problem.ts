import { ApiProblemError } from '@sallyport/core/api';
import { isCodedError } from '@sallyport/core/errors';

/** What went wrong, in words for the page: what happened, what to do next, the code. */
export interface ServerProblem {
  readonly sentence: string;
  /** Absent where the sentence is all there is to know: a refusal is no failure that goes away. */
  readonly nextStep: string | undefined;
  /** Stable code, when the failure has one; `docs/errors.md` explains it. */
  readonly code: string | undefined;
}

const FALLBACK_STEP = 'Try again. If it stays like this, tell whoever runs this server.';

/** Turns whatever a call of the server threw into words. The one place where the page reads errors. */
export function describeServerProblem(error: unknown): ServerProblem {
  if (!isCodedError(error)) {
    return {
      sentence: 'The server gave an answer that this page can’t read.',
      nextStep: FALLBACK_STEP,
      code: undefined,
    };
  }
  // The server's own code says more than "the server said no".
  const { code, status } = error instanceof ApiProblemError ? error.problem : { code: error.code, status: 500 };
  const nextStep = error.nextStep ?? (status < 500 ? undefined : FALLBACK_STEP);
  return { sentence: asSentence(error.message), nextStep, code };
}

/** Messages of errors are lower case without a full stop; the page writes sentences. Addresses and names stay. */
function asSentence(message: string): string {
  const start = /^[a-z]+ /.test(message) ? message.slice(0, 1).toUpperCase() : message.slice(0, 1);
  return `${start}${message.slice(1)}${/[.!?]$/.test(message) ? '' : '.'}`;
}
