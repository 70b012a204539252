import { isCodedError } from '@sallyport/core';
import { neutraliseLines } from './neutralise.ts';

/** An error as it is shown: sentence, code, and what to do now. */
export interface ShownError {
  readonly sentence: string;
  readonly code: string;
  readonly nextStep?: string;
}

/** Reads any thrown value. What is not ours is a defect of ours, and says so. */
export function describeError(error: unknown): ShownError {
  if (isCodedError(error)) {
    return {
      sentence: error.message,
      code: error.code,
      ...(error.nextStep !== undefined && { nextStep: error.nextStep }),
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    sentence: `unexpected failure: ${message}`,
    code: 'ERR_CLI_UNEXPECTED',
    nextStep: 'Run the command again with SALLYPORT_DEBUG=1 and report what it prints.',
  };
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
