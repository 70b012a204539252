import { CompactSign, type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK } from 'jose';
import type { TokenFault } from './types.ts';

const ALG = 'RS256';

/** Signs the ID tokens of the fake identity provider, and spoils them on demand. */
export interface TokenMint {
  sign(claims: Readonly<Record<string, unknown>>, fault?: TokenFault): Promise<string>;
  jwks(): { readonly keys: readonly JWK[] };
  /** Signs with a new key from now on. The former ones stay in the key set unless `dropOld`. */
  rotate(options?: { readonly dropOld?: boolean }): Promise<void>;
}

interface MintKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

/** Creates a {@link TokenMint} with one RS256 key. */
export async function createTokenMint(): Promise<TokenMint> {
  let count = 0;
  const newKey = async (): Promise<MintKey> => {
    const { privateKey, publicKey } = await generateKeyPair(ALG, { extractable: true });
    const kid = `key-${++count}`;
    return { kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: ALG, use: 'sig' } };
  };
  let active = await newKey();
  let published = [active];

  return {
    jwks: () => ({ keys: published.map((key) => key.jwk) }),
    async rotate({ dropOld = false } = {}) {
      active = await newKey();
      published = dropOld ? [active] : [active, ...published];
    },
    async sign(claims, fault) {
      const payload = encodePayload(spoilClaims(claims, fault), fault);
      const header = { alg: ALG, kid: active.kid, typ: 'JWT' };
      switch (fault) {
        case 'algNone': {
          const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
          return `${encode(Buffer.from(JSON.stringify({ ...header, alg: 'none' })))}.${encode(payload)}.`;
        }
        case 'hs256': {
          const secret = new TextEncoder().encode(await exportSPKI(active.publicKey));
          return new CompactSign(payload).setProtectedHeader({ ...header, alg: 'HS256' }).sign(secret);
        }
        case 'unknownKey': {
          const stranger = await newKey();
          return new CompactSign(payload)
            .setProtectedHeader({ ...header, kid: stranger.kid })
            .sign(stranger.privateKey);
        }
        case 'keyInHeader': {
          const stranger = await newKey();
          const jku = 'https://127.0.0.1:1/jwks';
          const brought = { alg: ALG, kid: stranger.kid, jwk: stranger.jwk, jku };
          return new CompactSign(payload).setProtectedHeader(brought).sign(stranger.privateKey);
        }
        case 'unknownCrit':
          return new CompactSign(payload)
            .setProtectedHeader({ ...header, crit: ['urn:example:demand'], 'urn:example:demand': true })
            .sign(active.privateKey, { crit: { 'urn:example:demand': true } });
        case 'badSignature': {
          const token = await new CompactSign(payload).setProtectedHeader(header).sign(active.privateKey);
          const at = token.lastIndexOf('.') + 1;
          const signature = Buffer.from(token.slice(at), 'base64url');
          signature[0] = (signature[0] ?? 0) ^ 1;
          return token.slice(0, at) + signature.toString('base64url');
        }
        default:
          return new CompactSign(payload).setProtectedHeader(header).sign(active.privateKey);
      }
    },
  };
}

function spoilClaims(
  claims: Readonly<Record<string, unknown>>,
  fault: TokenFault | undefined,
): Readonly<Record<string, unknown>> {
  const { iat, nonce: _nonce, ...rest } = claims;
  const issuedAt = Number(iat);
  switch (fault) {
    case 'wrongIssuer':
      return { ...claims, iss: 'https://other.test' };
    case 'wrongAudience':
      return { ...claims, aud: 'another-client' };
    case 'wrongNonce':
      return { ...claims, nonce: 'nonce-of-another-request' };
    case 'missingNonce':
      return { ...rest, iat };
    case 'expired':
      return { ...claims, iat: issuedAt - 7_200, exp: issuedAt - 3_600 };
    case 'issuedInFuture':
      return { ...claims, iat: issuedAt + 3_600, nbf: issuedAt + 3_600, exp: issuedAt + 7_200 };
    case 'huge':
      return { ...claims, padding: 'x'.repeat(1_048_576) };
    default:
      return claims;
  }
}

function encodePayload(claims: Readonly<Record<string, unknown>>, fault: TokenFault | undefined): Uint8Array {
  const text = JSON.stringify(claims);
  return new TextEncoder().encode(fault === 'duplicateSubject' ? `${text.slice(0, -1)},"sub":"admin"}` : text);
}
