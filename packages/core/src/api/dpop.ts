import type { webcrypto } from 'node:crypto';
import { base64url, exportJWK, type JWK, SignJWT } from 'jose';

/** Key pair of a DPoP-bound session (RFC 9449): ECDSA P-256, as WebCrypto holds it. */
export type DpopKeyPair = webcrypto.CryptoKeyPair;

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** Makes a key pair. Extractable, because a command line keeps it between its runs. */
export async function generateDpopKeyPair(): Promise<DpopKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

/** Writes a key pair as a private JWK, to be kept in a keyring or a 0600 file. The result is a secret. */
export async function exportDpopKeyPair(keys: DpopKeyPair): Promise<JWK> {
  return exportJWK(keys.privateKey);
}

/** Reads what {@link exportDpopKeyPair} wrote. Rejects when it is not a private P-256 JWK. */
export async function importDpopKeyPair(jwk: JWK): Promise<DpopKeyPair> {
  const { kty, crv, x, y, d } = jwk as webcrypto.JsonWebKey;
  const publicJwk = { kty, crv, x, y } as webcrypto.JsonWebKey;
  return {
    privateKey: await crypto.subtle.importKey('jwk', { ...publicJwk, d } as webcrypto.JsonWebKey, ALGORITHM, true, [
      'sign',
    ]),
    publicKey: await crypto.subtle.importKey('jwk', publicJwk, ALGORITHM, true, ['verify']),
  };
}

/** What a DPoP proof is made for. */
export interface DpopProofOptions {
  readonly keys: DpopKeyPair;
  readonly method: string;
  /** Address of the request; query and fragment are left out of the proof (RFC 9449, section 4.2). */
  readonly url: string;
  /** Given for requests to a resource; its hash binds the proof to it. */
  readonly accessToken?: string;
  /** Value of the server's last `DPoP-Nonce`, if it asked for one. */
  readonly nonce?: string;
  /** Defaults to now. */
  readonly at?: Date;
}

/** Makes the value of a `DPoP` header. Good for one request. */
export async function createDpopProof(options: DpopProofOptions): Promise<string> {
  const url = new URL(options.url);
  const { kty, crv, x, y } = (await exportJWK(options.keys.publicKey)) as Record<string, string>;
  return new SignJWT({
    jti: crypto.randomUUID(),
    htm: options.method,
    htu: `${url.origin}${url.pathname}`,
    ...(options.accessToken !== undefined && { ath: await hashAccessToken(options.accessToken) }),
    ...(options.nonce !== undefined && { nonce: options.nonce }),
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: { kty, crv, x, y } as JWK })
    .setIssuedAt(options.at)
    .sign(options.keys.privateKey);
}

/** The `ath` claim that binds a proof to an access token (RFC 9449, section 4.2). */
export async function hashAccessToken(accessToken: string): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(accessToken))));
}
