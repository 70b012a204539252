import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { SigningKeyRing, VerificationKeys } from './keys.ts';

/** Longest token that is looked at, in characters. Ours stay below 2 KiB unless an identity has very many groups. */
export const MAX_TOKEN_LENGTH = 65_536;

/** How far in the future a token may have been issued, in seconds: clocks of two machines differ. */
export const ISSUED_AT_TOLERANCE_S = 30;

/** What a signed token says, after the checks that all tokens share. */
export interface VerifiedToken {
  readonly payload: JWTPayload & { readonly iat: number; readonly exp: number };
  readonly keyId: string;
}

/** Signs `payload` as a compact JWS with the active key. `typ` keeps the kinds of token apart (RFC 8725, section 3.11). */
export function signToken(keys: SigningKeyRing, typ: string, payload: JWTPayload): Promise<string> {
  const { keyId, privateKey } = keys.active();
  return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', typ, kid: keyId }).sign(privateKey);
}

/**
 * Checks form, kind, key, signature, expiry and time of issue. Audience, issuer and the claims' own types are the caller's.
 * Only ES256 with a key that `keys` knows verifies; key material and key URLs in the header are never looked at.
 * @throws jose's errors; {@link isExpiry} tells the one that has its own meaning
 */
export async function verifyToken(
  keys: VerificationKeys,
  typ: string,
  token: string,
  nowMs: number,
): Promise<VerifiedToken> {
  if (token.length > MAX_TOKEN_LENGTH) {
    throw new errors.JWTInvalid(`token is ${token.length} characters, limit is ${MAX_TOKEN_LENGTH}`);
  }
  const { payload, protectedHeader } = await jwtVerify(
    token,
    (header) => {
      const key = header.kid === undefined ? undefined : keys.find(header.kid);
      if (key === undefined) throw new errors.JWKSNoMatchingKey();
      return key;
    },
    { algorithms: ['ES256'], typ, requiredClaims: ['iat', 'exp', 'aud'], currentDate: new Date(nowMs) },
  );
  const { iat, exp } = payload as JWTPayload & { iat: number; exp: number };
  if (iat > nowMs / 1_000 + ISSUED_AT_TOLERANCE_S) {
    throw new errors.JWTClaimValidationFailed('token was issued in the future', payload, 'iat', 'check_failed');
  }
  return { payload: { ...payload, iat, exp }, keyId: protectedHeader.kid as string };
}

/** Whether `error` says that a token was sound but its life has ended. */
export function isExpiry(error: unknown): boolean {
  return error instanceof errors.JWTExpired;
}
