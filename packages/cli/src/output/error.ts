import { type CodedError, isCodedError } from '@sallyport/core';
import { CliError, type CliErrorCode } from '../errors.ts';
import { neutraliseLines } from './neutralise.ts';

/** An error as it is shown: sentence, code, and what to do now. */
export interface ShownError {
  readonly sentence: string;
  readonly code: string;
  readonly nextStep?: string;
}

/**
 * Reads any thrown value. The server's own code and sentence win over the client's word for them, and a reason of ours
 * that a library wrapped wins over the wrapping. What has no code is a defect of ours, and says so.
 */
export function describeError(error: unknown): ShownError {
  const coded = findCoded(error);
  if (coded !== undefined) {
    return {
      sentence: coded.message,
      code: problemCode(coded) ?? coded.code,
      ...(coded.nextStep !== undefined && { nextStep: coded.nextStep }),
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  const code: CliErrorCode = 'ERR_CLI_UNEXPECTED';
  return {
    sentence: `unexpected failure: ${message}`,
    code,
    nextStep: 'Run the command again with SALLYPORT_DEBUG=1 and report what it prints.',
  };
}

function findCoded(error: unknown): CodedError | undefined {
  let first: CodedError | undefined;
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof CliError) return first?.code === 'ERR_API_UNREACHABLE' || first === undefined ? at : first;
    if (isCodedError(at)) first ??= at;
  }
  return first;
}

/** The code of an `ApiProblemError`, told by its shape: importing the class would load the whole contract. */
function problemCode(error: CodedError): string | undefined {
  const problem = (error as { problem?: { code?: unknown } }).problem;
  return typeof problem?.code === 'string' ? problem.code : undefined;
}

/** Writes an error for a person: two or three short lines, for stderr. */
export function formatError(shown: ShownError, options: { readonly isColored: boolean }): string {
  const label = options.isColored ? '\u001b[31merror:\u001b[0m' : 'error:';
  const next = shown.nextStep === undefined ? '' : `next:  ${neutraliseLines(shown.nextStep)}\n`;
  return `${label} ${neutraliseLines(shown.sentence)} (${shown.code})\n${next}`;
}

/** Writes an error in one line, for programs that repeat their plugin's stderr, as kubectl does. */
export function formatErrorLine(shown: ShownError): string {
  const next = shown.nextStep === undefined ? '' : `; ${shown.nextStep}`;
  return `sallyport: ${neutraliseLines(`${shown.sentence} (${shown.code})${next}`).replaceAll('\n', ' ')}\n`;
}
