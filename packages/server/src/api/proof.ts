import { findStepUpNeed } from '../access/step-up-demand.ts';
import { stepUpCommand } from '../authn/step-up.ts';
import { ApiError } from '../errors.ts';
import type { ApiContext, Call } from './context.ts';

/**
 * Refuses a login that is not as fresh or as strong as the settings demand. Reading about oneself stays open: who must
 * sign in again can still see who they are, and log out.
 * @throws ApiError `ERR_API_STEP_UP_REQUIRED`
 */
export function assertProof(
  { snapshots, clock }: Pick<ApiContext, 'snapshots' | 'clock'>,
  { principal, loginSession }: Call['caller'],
): void {
  const lacks = findStepUpNeed(snapshots.current(), principal, loginSession, new Date(clock.now()));
  if (lacks === undefined) return;
  throw new ApiError({
    code: 'ERR_API_STEP_UP_REQUIRED',
    message: lacks.need,
    nextStep: `Prove who you are again with: ${stepUpCommand(lacks.demand)}`,
    stepUp: lacks.demand,
  });
}
