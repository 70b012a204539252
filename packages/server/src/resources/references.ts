import { AuthzError } from '@sallyport/authz';
import { nearestName } from '@sallyport/core';
import { ApiError } from '../errors.ts';

/** Refuses a document because of one place in it. */
export function documentProblem(path: string, message: string, nextStep?: string): ApiError {
  return new ApiError({
    code: 'ERR_API_REQUEST_INVALID',
    message: `${path} ${message}`,
    problems: [{ path: `body.${path}`, message }],
    ...(nextStep !== undefined && { nextStep }),
  });
}

/** Refuses an expression that does not compile, with the compiler's sentence. */
export function assertCompiles(path: string, compile: () => unknown): void {
  try {
    compile();
  } catch (error) {
    if (error instanceof AuthzError) throw documentProblem(path, `is no usable expression: ${error.message}`);
    throw error;
  }
}

/** Refuses a reference to what is not there, with a guess at what was meant. */
export function missingReference(path: string, kind: string, name: string, known: Iterable<string>): ApiError {
  const guess = nearestName(name, [...known]);
  return documentProblem(
    path,
    `names the ${kind} ${JSON.stringify(name)}, which does not exist`,
    guess === undefined ? `Create the ${kind} first, or apply both together.` : `Did you mean ${guess}?`,
  );
}

/** Refuses a change of what comes with Sallyport or from its configuration. */
export function readOnly(what: string, nextStep: string): ApiError {
  return new ApiError({ code: 'ERR_API_READ_ONLY', message: `${what} can't be changed here`, nextStep });
}
