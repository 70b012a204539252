import { CodedError } from '@sallyport/core';

/** Codes of machines that sign in. */
export type MachineErrorCode =
  /** A workload token is malformed, of another issuer, or not signed by its issuer. */
  | 'ERR_WORKLOAD_TOKEN_REFUSED'
  /** A workload token is signed by its issuer, but for another audience, expired, or its claims are of no use. */
  | 'ERR_WORKLOAD_CLAIMS_REFUSED'
  /** A workload token is sound, but the condition of the workload identity does not hold for its claims. */
  | 'ERR_WORKLOAD_CONDITION'
  /** A workload token was used before, and the login session that it made is over or bound to another key. */
  | 'ERR_WORKLOAD_TOKEN_USED'
  /** Too many workload tokens that were refused came from one address. */
  | 'ERR_WORKLOAD_TOO_MANY_ATTEMPTS'
  /** The keys of a workload issuer can't be read. */
  | 'ERR_WORKLOAD_ISSUER_UNREACHABLE';

/** A machine that could not be authenticated. */
export class MachineError extends CodedError<MachineErrorCode> {}

/** A workload token that nothing proves; `why` never quotes it. */
export function refusedToken(why: string, cause?: unknown): MachineError {
  return new MachineError({
    code: 'ERR_WORKLOAD_TOKEN_REFUSED',
    message: `the workload token was refused: ${why}`,
    nextStep: 'Compare the issuer of the token with that of the workload identity.',
    cause,
  });
}

/** A workload token that its issuer has signed, with claims that do not serve. */
export function refusedClaims(why: string): MachineError {
  return new MachineError({
    code: 'ERR_WORKLOAD_CLAIMS_REFUSED',
    message: `the workload token was refused: ${why}`,
    nextStep: 'Compare audience and age of the token with the workload identity.',
  });
}
