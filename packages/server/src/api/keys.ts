import type { KeyList, RotateKeys } from '@sallyport/core/api';
import { ApiError } from '../errors.ts';
import { PkiError } from '../pki/errors.ts';
import { isKeyPurpose } from '../pki/key-administration.ts';
import { KEY_PURPOSES } from '../stores/key-contracts.ts';
import { callerFacts, type Handler } from './context.ts';
import { assertOnInstallation } from './locate.ts';

/** Lists the keys of the installation. */
export const listKeys: Handler = async (context, call): Promise<KeyList> => {
  assertOnInstallation(context, call, 'keys.read');
  return { items: [...(await context.keys.list())] };
};

/** Rotates the key of a purpose. Its audit events name who asked for it. */
export const rotateKeys: Handler = async (context, call): Promise<KeyList> => {
  assertOnInstallation(context, call, 'keys.rotate');
  const purpose = call.parameters['purpose'] ?? '';
  if (!isKeyPurpose(purpose)) {
    throw new ApiError({
      code: 'ERR_API_NOT_FOUND',
      message: `there is no purpose ${JSON.stringify(purpose.slice(0, 64))} of keys`,
      nextStep: `Choose from ${KEY_PURPOSES.join(', ')}.`,
    });
  }
  const { mode } = call.body as RotateKeys;
  try {
    return { items: [...(await context.keys.rotate(purpose, mode, callerFacts(call)))] };
  } catch (error) {
    if (!(error instanceof PkiError) || error.code !== 'ERR_PKI_KEY_ELSEWHERE') throw error;
    throw new ApiError({
      code: 'ERR_API_CONFLICT',
      message: error.message,
      ...(error.nextStep !== undefined && { nextStep: error.nextStep }),
      cause: error,
    });
  }
};
