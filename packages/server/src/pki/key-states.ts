import type { SigningKeyState } from '@sallyport/core/credentials';
import type { KeySet, StoredKey } from '../stores/key-contracts.ts';
import { PkiError } from './errors.ts';

/** The key that signs. @throws PkiError `ERR_PKI_NO_SIGNING_KEY` */
export function signingKeyOf(keys: readonly StoredKey[], purpose: string): StoredKey {
  const current = keys.find(({ phase }) => phase === 'current');
  if (current !== undefined) return current;
  throw new PkiError({
    code: 'ERR_PKI_NO_SIGNING_KEY',
    message: `none of the ${keys.length} keys of purpose ${purpose} signs`,
    nextStep: 'Make a new one with: sallyport server keys rotate --emergency',
  });
}

/** Keys that are trusted at `at`, the signing one first. */
export function trustedKeysOf(keys: readonly StoredKey[], purpose: string, at: Date): [StoredKey, ...StoredKey[]] {
  const current = signingKeyOf(keys, purpose);
  return [
    current,
    ...keys.filter((key) => key !== current && (key.verifiesUntil === undefined || key.verifiesUntil > at)),
  ];
}

/** Keys as a signing key ring takes them: what is neither current nor retired is announced. */
export function toSigningState({ keys }: KeySet, purpose: string): SigningKeyState {
  return {
    keys: keys.map(({ keyId, secret, verifiesUntil }) => ({
      keyId,
      privateKeyPem: secret,
      ...(verifiesUntil !== undefined && { verifiesUntil }),
    })),
    activeKeyId: signingKeyOf(keys, purpose).keyId,
  };
}
