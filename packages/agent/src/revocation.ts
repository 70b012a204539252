import { DEREGISTERED_CODE, isCodedError } from '@sallyport/core';
import { AgentError } from './errors.ts';

/** Code that a server's gateway puts in front of its refusal when the certificate or cluster is no longer registered. */
const GATEWAY_REFUSAL = 'ERR_GATEWAY_IDENTITY_REFUSED';

/**
 * Whether an error, or what caused it, says that the server no longer knows this agent. Everything else (a lost network,
 * a restart, an expired certificate) may pass, and is tried again.
 */
export function isRevocation(error: unknown): boolean {
  return isCausedBy(error, ['ERR_AGENT_REVOKED', GATEWAY_REFUSAL]);
}

/** Whether an error, or what caused it, says that the cluster was deregistered, and the agent has to go. */
export function isDeregistration(error: unknown): boolean {
  return isCausedBy(error, ['ERR_AGENT_DEREGISTERED', DEREGISTERED_CODE]);
}

function isCausedBy(error: unknown, codes: readonly string[]): boolean {
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++) {
    if (isCodedError(cause) && codes.includes(cause.code)) return true;
    // gRPC carries the server's code in the text of its status.
    const details = 'details' in cause && typeof cause.details === 'string' ? cause.details : '';
    if (codes.some((code) => details.startsWith(`${code}:`))) return true;
  }
  return false;
}

/** The error of an agent whose cluster was deregistered. */
export function deregistered(cause?: unknown): AgentError {
  return new AgentError({
    code: 'ERR_AGENT_DEREGISTERED',
    message: 'the cluster of this agent was deregistered',
    cause,
    nextStep:
      'What was installed can be deleted; to connect the cluster again, register it and apply the new manifest.',
  });
}
