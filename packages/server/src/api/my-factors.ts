import { isId } from '@sallyport/core';
import type { AddPasskey, Factors, PasskeyResource, RecoveryCodes, TotpSecret } from '@sallyport/core/api';
import type { AppendEvent } from '../authn/local/factors.ts';
import { describeStepUpNeed, stepUpCommand } from '../authn/step-up.ts';
import { ApiError } from '../errors.ts';
import { type ApiContext, type Call, callEvent, type Handler } from './context.ts';
import { assertLocal, describeFactors, toApiError } from './local-users.ts';

/** A login that changes what its person signs in with must be this fresh: a stolen session must not make itself a door. */
const FRESH = { maxAgeMs: 900_000 };

/** Shows what the caller signs in with. */
export const getMyFactors: Handler = async (context, call): Promise<Factors> => {
  assertLocal(context.snapshots.current(), call.caller.principal);
  return describeFactors(await context.localUsers.factors.describe(call.caller.principal.id));
};

/** Begins to make a passkey. */
export const beginMyPasskey: Handler = (context, call) =>
  changing(context, call, async ({ factors }) => {
    const { options } = await factors.beginPasskey(call.caller.principal);
    return { options };
  });

/** Adds a passkey. */
export const addMyPasskey: Handler = (context, call): Promise<PasskeyResource> =>
  changing(context, call, async ({ factors }, append) => {
    const { answer, displayName = '' } = call.body as AddPasskey;
    const passkey = await factors.addPasskey(call.caller.principal, { answer, displayName }, append);
    const { id, isSynced, createdAt } = passkey;
    return { id, displayName: passkey.displayName, isSynced, createdAt };
  });

/** Removes a passkey. */
export const removeMyPasskey: Handler = (context, call) =>
  changing(context, call, async ({ factors }, append) => {
    const id = call.parameters['id'] ?? '';
    if (isId('passkey', id) && (await factors.removePasskey(call.caller.principal.id, id, append))) return;
    throw new ApiError({
      code: 'ERR_API_NOT_FOUND',
      message: `you have no passkey ${JSON.stringify(id.slice(0, 64))}`,
      nextStep: 'Run `sallyport me passkeys list` to see those that you have.',
    });
  });

/** Makes a secret for a code app. */
export const beginMyTotp: Handler = (context, call): Promise<TotpSecret> =>
  changing(context, call, async ({ factors }) => {
    const { secret, address } = await factors.beginTotp(call.caller.principal);
    return { secret: secret.reveal(), address: address.reveal() };
  });

/** Puts the code app in place. */
export const confirmMyTotp: Handler = (context, call): Promise<RecoveryCodes> =>
  changing(context, call, async ({ factors }, append) => {
    const { code } = call.body as { readonly code: string };
    return { recoveryCodes: [...(await factors.confirmTotp(call.caller.principal.id, code, append))] };
  });

/** Issues new recovery codes. */
export const replaceMyRecoveryCodes: Handler = (context, call): Promise<RecoveryCodes> =>
  changing(context, call, async ({ factors }, append) => ({
    recoveryCodes: [...(await factors.replaceRecoveryCodes(call.caller.principal.id, append))],
  }));

/** Sets the password. */
export const setMyPassword: Handler = (context, call) =>
  changing(context, call, ({ factors }, append) =>
    factors.setPassword(call.caller.principal, (call.body as { readonly password: string }).password, append),
  );

/** Runs a change of the caller's own factors: a local user, who proved who they are a moment ago. */
async function changing<Result>(
  context: ApiContext,
  call: Call,
  work: (localUsers: ApiContext['localUsers'], append: AppendEvent) => Promise<Result>,
): Promise<Result> {
  const { principal, loginSession } = call.caller;
  assertLocal(context.snapshots.current(), principal);
  const need = describeStepUpNeed(loginSession, FRESH, new Date(context.clock.now()));
  if (need !== undefined) {
    throw new ApiError({
      code: 'ERR_API_STEP_UP_REQUIRED',
      message: need,
      nextStep: `Prove who you are again with: ${stepUpCommand(FRESH)}`,
      stepUp: FRESH,
    });
  }
  const append: AppendEvent = (tx, code, facts) => tx.appendAudit(callEvent(context, call, code, facts));
  try {
    return await work(context.localUsers, append);
  } catch (error) {
    throw toApiError(error);
  }
}
