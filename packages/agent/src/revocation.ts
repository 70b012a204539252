import { isCodedError } from '@sallyport/core';

/** Code that a server's gateway puts in front of its refusal when the certificate or cluster is no longer registered. */
const GATEWAY_REFUSAL = 'ERR_GATEWAY_IDENTITY_REFUSED';

/**
 * Whether an error, or what caused it, says that the server no longer knows this agent. Everything else (a lost network,
 * a restart, an expired certificate) may pass, and is tried again.
 */
export function isRevocation(error: unknown): boolean {
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++) {
    if (isCodedError(cause) && (cause.code === 'ERR_AGENT_REVOKED' || cause.code === GATEWAY_REFUSAL)) return true;
    // gRPC carries the server's code in the text of its status.
    if ('details' in cause && typeof cause.details === 'string' && cause.details.startsWith(`${GATEWAY_REFUSAL}:`)) {
      return true;
    }
  }
  return false;
}
