import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose';

/** What a DPoP proof is held against (RFC 9449, section 4.3). */
export interface DpopCheck {
  readonly proof: string;
  readonly method: string;
  /** Address of the request as clients know it; its query is left out. */
  readonly url: string;
  /** The access token that comes with the proof; `undefined` where one is only asked for (RFC 9449, section 5). */
  readonly accessToken: string | undefined;
  readonly at: Date;
}

/** A proof that holds: which key made it, and what marks it as used. */
export interface DpopProof {
  readonly jkt: string;
  readonly jti: string;
}

/** How far a proof's `iat` may lie from the server's clock, either way. */
export const DPOP_WINDOW_SECONDS = 60;

const MAX_PROOF_CHARACTERS = 4_096;
const MAX_JTI_CHARACTERS = 256;

/**
 * Checks a DPoP proof: signature by the embedded public key, type, method, address, binding to the access token, time.
 * That it is used once, and that the token is bound to its key, is left to the caller. `undefined` when it does not hold.
 */
export async function checkDpopProof(check: DpopCheck): Promise<DpopProof | undefined> {
  if (check.proof.length > MAX_PROOF_CHARACTERS) return undefined;
  try {
    const { payload, protectedHeader } = await jwtVerify(check.proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ['ES256'],
      currentDate: check.at,
    });
    const url = new URL(check.url);
    const { jti, iat, htm, htu } = payload;
    if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_CHARACTERS) return undefined;
    if (typeof iat !== 'number' || Math.abs(check.at.getTime() / 1000 - iat) > DPOP_WINDOW_SECONDS) return undefined;
    if (htm !== check.method || typeof htu !== 'string' || withoutQuery(htu) !== `${url.origin}${url.pathname}`) {
      return undefined;
    }
    if (payload['ath'] !== (check.accessToken === undefined ? undefined : hashOf(check.accessToken))) return undefined;
    if (protectedHeader.jwk === undefined) return undefined;
    return { jkt: await calculateJwkThumbprint(protectedHeader.jwk), jti };
  } catch {
    // Not a proof: whatever is wrong with it, the answer is the same 401.
    return undefined;
  }
}

function hashOf(accessToken: string): string {
  return createHash('sha256').update(accessToken).digest('base64url');
}

function withoutQuery(address: string): string {
  const url = new URL(address);
  return `${url.origin}${url.pathname}`;
}
