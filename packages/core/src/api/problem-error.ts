import { CoreError } from '../errors.ts';
import type { ApiProblemCode, Problem } from './problem.ts';

/** The server refused. `problem.code` tells why; message and next step are the server's own. */
export class ApiProblemError<Code extends string = string> extends CoreError {
  readonly problem: Problem & { readonly code: Code };

  constructor(problem: Problem & { readonly code: Code }) {
    super({
      code: 'ERR_API_PROBLEM',
      message: problem.detail,
      ...(problem.nextStep !== undefined && { nextStep: problem.nextStep }),
    });
    this.problem = problem;
  }
}

/**
 * Tells whether the server refused with one of these codes, or at all when none is named; `problem.code` is narrowed to them.
 *
 * @example
 * ```ts
 * if (isProblem(error, 'ERR_API_NOT_FOUND', 'ERR_API_FORBIDDEN')) return undefined;
 * throw error;
 * ```
 */
export function isProblem<Code extends string = string>(
  error: unknown,
  ...codes: readonly (Code & ApiProblemCode)[]
): error is ApiProblemError<Code> {
  if (!(error instanceof ApiProblemError)) return false;
  return codes.length === 0 || codes.some((code) => code === error.problem.code);
}
