import { createPrivateKey } from 'node:crypto';
import type { JSONWebKeySet, JWK } from 'jose';
import type { StoredKey } from '../stores/contracts.ts';

/** Signing keys of an OAuth server as JWKs, newest first: private for signing, public for verifying. */
export interface OauthKeys {
  readonly signing: { readonly keys: readonly JWK[] };
  readonly verifying: JSONWebKeySet;
}

/** Reads stored P-256 keys (PKCS#8 PEM, newest first). The first one signs; all of them verify. */
export function readOauthKeys(stored: readonly StoredKey[]): OauthKeys {
  const keys = stored.map(({ keyId, secret }): JWK => {
    const jwk = createPrivateKey(secret.reveal()).export({ format: 'jwk' });
    return { ...jwk, kid: keyId, alg: 'ES256', use: 'sig' };
  });
  return {
    signing: { keys },
    verifying: { keys: keys.map(({ d: _, ...publicKey }) => publicKey as JWK & { kty: string }) },
  };
}
