import { createPrivateKey } from 'node:crypto';
import type { VerificationKeys } from '@sallyport/core/credentials';
import type { JWK } from 'jose';
import type { StoredKey } from '../stores/key-contracts.ts';

/** The keys of an OAuth server, which may change while it runs. */
export interface OauthKeys extends VerificationKeys {
  /** Trusted P-256 keys (PKCS#8 PEM); the first one signs. */
  signing(): readonly Pick<StoredKey, 'keyId' | 'secret'>[];
  /** Calls `listener` after each change. Returns the way to stop. */
  onChange(listener: () => void): () => void;
}

/** Reads stored keys as private JWKs, in their order. */
export function toPrivateJwks(stored: readonly Pick<StoredKey, 'keyId' | 'secret'>[]): { readonly keys: JWK[] } {
  return {
    keys: stored.map(({ keyId, secret }): JWK => {
      const jwk = createPrivateKey(secret.reveal()).export({ format: 'jwk' });
      return { ...jwk, kid: keyId, alg: 'ES256', use: 'sig' };
    }),
  };
}
