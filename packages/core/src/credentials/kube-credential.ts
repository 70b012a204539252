import { decodeJwt } from 'jose';
import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import { CoreError } from '../errors.ts';
import { type ClusterId, type IdKind, type IdOf, isId } from '../ids.ts';
import { Secret } from '../secret.ts';
import type { SigningKeyRing, VerificationKeys } from './keys.ts';
import { createLruCache } from './lru-cache.ts';
import { isExpiry, MAX_TOKEN_LENGTH, signToken, type VerifiedToken, verifyToken } from './token.ts';
import type { KubeCredentialClaims, VerifiedCredential } from './types.ts';

const TYP = 'sallyport-kube+jwt';
const AUDIENCE_PREFIX = 'sallyport:kube:';

/** The audience of kube credentials for a cluster: `sallyport:kube:<clusterId>`. */
export function kubeAudience(clusterId: ClusterId): string {
  return AUDIENCE_PREFIX + clusterId;
}

/**
 * Whether `token` claims to be a kube credential. Nothing is verified: only for choosing the way a request takes, never for
 * letting it through.
 */
export function looksLikeKubeCredential(token: string): boolean {
  if (token.length > MAX_TOKEN_LENGTH) return false;
  try {
    const { aud } = decodeJwt(token);
    return typeof aud === 'string' && aud.startsWith(AUDIENCE_PREFIX);
  } catch {
    // Opaque tokens are other surfaces' own.
    return false;
  }
}

/** Options of {@link createCredentialIssuer}. */
export interface CredentialIssuerOptions {
  /** `iss` of the credentials: the server's public URL. */
  readonly issuer: string;
  readonly keys: SigningKeyRing;
  /** Defaults to the machine's clock. */
  readonly clock?: Clock;
  /** Longest life of a credential, in milliseconds. Defaults to 10 minutes: how long a stolen one is of use at most. */
  readonly maxLifetimeMs?: number;
}

/** A credential that was just minted. */
export interface MintedCredential {
  readonly token: Secret;
  readonly expiresAt: Date;
}

/** Mints kube credentials. */
export interface CredentialIssuer {
  /**
   * Signs a credential that lives for `lifetimeMs`, to the second below, and not beyond `notAfter` if that is given.
   * @throws CoreError `ERR_CREDENTIAL_LIFETIME` when that is below a second, above the maximum or not a number
   */
  mint(claims: KubeCredentialClaims, lifetimeMs: number, notAfter?: Date): Promise<MintedCredential>;
}

/** Creates what mints kube credentials: ES256 JWTs, each for one cluster. */
export function createCredentialIssuer(options: CredentialIssuerOptions): CredentialIssuer {
  const { issuer, keys, clock = systemClock, maxLifetimeMs = 600_000 } = options;
  return {
    async mint(claims, askedMs, notAfter) {
      const now = clock.now();
      const lifetimeMs = notAfter === undefined ? askedMs : Math.min(askedMs, notAfter.getTime() - now);
      // `!(… <= …)` also catches NaN: a life that can't be compared is refused, never replaced by a default.
      if (!(lifetimeMs >= 1_000 && lifetimeMs <= maxLifetimeMs)) {
        throw new CoreError({
          code: 'ERR_CREDENTIAL_LIFETIME',
          message: `credential lifetime is ${lifetimeMs} ms, allowed are 1000 to ${maxLifetimeMs}`,
        });
      }
      const exp = Math.floor((now + lifetimeMs) / 1_000);
      const token = await signToken(keys, TYP, {
        iss: issuer,
        aud: kubeAudience(claims.clusterId),
        sub: claims.principalId,
        jti: claims.credentialId,
        org: claims.organizationId,
        ...(claims.loginSessionId !== undefined && { sid: claims.loginSessionId }),
        iat: Math.floor(now / 1_000),
        exp,
      });
      return { token: new Secret(token), expiresAt: new Date(exp * 1_000) };
    },
  };
}

/** Options of {@link createCredentialVerifier}. */
export interface CredentialVerifierOptions {
  /** The `iss` that credentials must have. */
  readonly issuer: string;
  readonly keys: VerificationKeys;
  /** Defaults to the machine's clock. */
  readonly clock?: Clock;
  /** How many verified tokens are remembered. Defaults to 10 000, about 15 MB. The oldest are verified again. */
  readonly maxCachedTokens?: number;
}

/** Verifies kube credentials: signature, issuer, audience and life. Whether session and principal are live is not checked. */
export interface CredentialVerifier {
  /** The verdict on a token that {@link CredentialVerifier.verify} took before and that still lives; else `undefined`. */
  peek(token: string): VerifiedCredential | undefined;
  /**
   * Verifies a token, at once when it was verified before.
   * @throws CoreError `ERR_CREDENTIAL_INVALID`, `ERR_CREDENTIAL_EXPIRED`, `ERR_CREDENTIAL_AUDIENCE`
   */
  verify(token: string): Promise<VerifiedCredential>;
}

/** Creates what verifies kube credentials. The verdict says for which cluster; compare that with the one asked for. */
export function createCredentialVerifier(options: CredentialVerifierOptions): CredentialVerifier {
  const { issuer, keys, clock = systemClock, maxCachedTokens = 10_000 } = options;
  const cache = createLruCache<{ readonly credential: VerifiedCredential; readonly keyId: string }>(maxCachedTokens);

  const peek = (token: string) => {
    const entry = cache.get(token);
    if (entry === undefined) return undefined;
    if (entry.credential.expiresAt.getTime() > clock.now() && keys.find(entry.keyId) !== undefined) {
      return entry.credential;
    }
    cache.delete(token);
    return undefined;
  };

  return {
    peek,
    async verify(token) {
      const known = peek(token);
      if (known !== undefined) return known;
      let verified: VerifiedToken;
      try {
        verified = await verifyToken(keys, TYP, token, clock.now());
      } catch (cause) {
        throw isExpiry(cause)
          ? new CoreError({
              code: 'ERR_CREDENTIAL_EXPIRED',
              message: "the credential's life has ended",
              cause,
              nextStep: 'Run the command again; if that does not help, sign in with: sallyport login',
            })
          : invalid('not a credential of this server', cause);
      }
      const credential = readClaims(verified.payload, issuer);
      cache.set(token, { credential, keyId: verified.keyId });
      return credential;
    },
  };
}

function readClaims(payload: VerifiedToken['payload'], issuer: string): VerifiedCredential {
  if (payload.iss !== issuer) throw invalid('issued by another server');
  const { aud } = payload;
  const clusterId = typeof aud === 'string' && aud.startsWith(AUDIENCE_PREFIX) ? aud.slice(AUDIENCE_PREFIX.length) : '';
  if (!isId('cluster', clusterId)) {
    throw new CoreError({ code: 'ERR_CREDENTIAL_AUDIENCE', message: 'the credential is not one for a cluster' });
  }
  const loginSessionId = payload['sid'] === undefined ? undefined : claim('loginSession', payload['sid']);
  return {
    credentialId: claim('credential', payload.jti),
    principalId: claim('principal', payload.sub),
    organizationId: claim('organization', payload['org']),
    clusterId,
    ...(loginSessionId !== undefined && { loginSessionId }),
    issuedAt: new Date(payload.iat * 1_000),
    expiresAt: new Date(payload.exp * 1_000),
  };
}

function claim<Kind extends IdKind>(kind: Kind, value: unknown): IdOf<Kind> {
  if (typeof value === 'string' && isId(kind, value)) return value;
  throw invalid(`its ${kind} claim is not an id`);
}

function invalid(why: string, cause?: unknown): CoreError {
  return new CoreError({
    code: 'ERR_CREDENTIAL_INVALID',
    message: `the credential was refused: ${why}`,
    cause,
    nextStep: 'Sign in again with: sallyport login',
  });
}
