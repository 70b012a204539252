import type { ApiContext, Call } from '../api/context.ts';
import { assertProof } from '../api/proof.ts';
import { ApiError } from '../errors.ts';

/**
 * The caller of an answer that is still being written, as they are by now.
 * @throws ApiError `ERR_API_UNAUTHENTICATED`, `ERR_API_STALE`, `ERR_API_STEP_UP_REQUIRED` when the rest is not theirs any more
 */
export function stillIn(
  context: Pick<ApiContext, 'loginSessions' | 'snapshots' | 'clock'>,
  { loginSession, principal: before }: Call['caller'],
): Call['caller'] {
  if (!context.snapshots.isFresh()) {
    throw new ApiError({
      code: 'ERR_API_STALE',
      message: 'the server has lost touch with its database and decides nothing until it is back',
      nextStep: 'Try again in a moment.',
    });
  }
  const found = context.loginSessions.find(loginSession.id);
  if (found === undefined) {
    throw new ApiError({
      code: 'ERR_API_UNAUTHENTICATED',
      message: 'the login session has ended',
      nextStep: 'Sign in with: sallyport login',
    });
  }
  // An API key may hold less than its account.
  const { permissionLimit } = before;
  const caller =
    permissionLimit === undefined ? found : { ...found, principal: { ...found.principal, permissionLimit } };
  assertProof(context, caller);
  return caller;
}
