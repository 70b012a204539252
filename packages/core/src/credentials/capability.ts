import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import { CoreError } from '../errors.ts';
import { type ClusterId, isId } from '../ids.ts';
import { assertImpersonation, type Impersonation } from '../impersonation.ts';
import { createPinnedKeys, type SigningJwks, type SigningKeyRing, type VerificationKeys } from './keys.ts';
import { createLruCache } from './lru-cache.ts';
import { signToken, type VerifiedToken, verifyToken } from './token.ts';
import type { ActionClass, CapabilityClaims, VerifiedCapability } from './types.ts';

const TYP = 'sallyport-capability+jwt';
const AUDIENCE_PREFIX = 'sallyport:agent:';
const ACTION_CLASSES: ReadonlySet<unknown> = new Set<ActionClass>(['read', 'write', 'connect']);

/** Options of {@link createCapabilitySigner}. */
export interface CapabilitySignerOptions {
  readonly keys: SigningKeyRing;
  /** Defaults to the machine's clock. */
  readonly clock?: Clock;
  /** Life of a capability, in milliseconds. Defaults to 60 000: how long access can outlive its revocation at an agent. */
  readonly lifetimeMs?: number;
  /** How many signed capabilities are kept for reuse. Defaults to 10 000. */
  readonly maxCached?: number;
}

/** A signed capability, as it travels in OPEN and RENEW frames. */
export interface SignedCapability {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Signs capabilities, and hands the same one out again while at least half of its life is left. */
export interface CapabilitySigner {
  /** A capability of these claims that was signed before; `undefined` when {@link CapabilitySigner.sign} is due. */
  peek(claims: CapabilityClaims, notAfter?: Date): SignedCapability | undefined;
  /**
   * Signs a capability. It never lives beyond `notAfter` (the end of the grant it rests on).
   * @throws CoreError `ERR_IMPERSONATION_INVALID`; `ERR_CAPABILITY_REFUSED` when `notAfter` is less than a second away
   */
  sign(claims: CapabilityClaims, notAfter?: Date): Promise<SignedCapability>;
}

/** Creates what signs capabilities. */
export function createCapabilitySigner(options: CapabilitySignerOptions): CapabilitySigner {
  const { keys, clock = systemClock, lifetimeMs = 60_000, maxCached = 10_000 } = options;
  const cache = createLruCache<SignedCapability & { readonly keyId: string; readonly reuseUntilMs: number }>(maxCached);

  const peekAt = (key: string, notAfter: Date | undefined) => {
    const entry = cache.get(key);
    if (entry === undefined || entry.keyId !== keys.activeKeyId || entry.reuseUntilMs <= clock.now()) return undefined;
    return notAfter !== undefined && entry.expiresAt > notAfter ? undefined : entry;
  };

  return {
    peek: (claims, notAfter) => peekAt(cacheKey(claims), notAfter),
    async sign(claims, notAfter) {
      const key = cacheKey(claims);
      const known = peekAt(key, notAfter);
      if (known !== undefined) return known;
      assertImpersonation(claims.impersonation);
      const now = clock.now();
      const endMs = Math.min(now + lifetimeMs, notAfter?.getTime() ?? Number.POSITIVE_INFINITY);
      const exp = Math.floor(endMs / 1_000);
      if (!(exp * 1_000 > now)) throw refused('its basis has ended');
      const { keyId } = keys.active();
      const token = await signToken(keys, TYP, {
        aud: AUDIENCE_PREFIX + claims.clusterId,
        sub: claims.principalId,
        ...(claims.loginSessionId !== undefined && { sid: claims.loginSessionId }),
        imp: claims.impersonation,
        act: claims.actionClass,
        ver: claims.snapshotVersion,
        iat: Math.floor(now / 1_000),
        exp,
      });
      const signed = { token, expiresAt: new Date(exp * 1_000) };
      cache.set(key, { ...signed, keyId, reuseUntilMs: now + (exp * 1_000 - now) / 2 });
      return signed;
    },
  };
}

function cacheKey(claims: CapabilityClaims): string {
  const { clusterId, principalId, loginSessionId, impersonation, actionClass, snapshotVersion } = claims;
  const { user, groups, uid, extra } = impersonation;
  return JSON.stringify([
    clusterId,
    principalId,
    loginSessionId,
    user,
    groups,
    uid,
    extra,
    actionClass,
    snapshotVersion,
  ]);
}

/** Options of {@link createCapabilityVerifier}. */
export type CapabilityVerifierOptions = CapabilityVerifierSettings &
  /** The signer's public keys: a fixed set, or what `createCapabilityTrust` learns. */
  ({ readonly jwks: SigningJwks } | { readonly keys: VerificationKeys });

interface CapabilityVerifierSettings {
  /** The one cluster that this agent speaks for. */
  readonly clusterId: ClusterId;
  /** Defaults to the machine's clock. */
  readonly clock?: Clock;
  /** How many verified capabilities are remembered. Defaults to 10 000. */
  readonly maxCachedTokens?: number;
}

/** Verifies capabilities at the agent. */
export interface CapabilityVerifier {
  /** What a capability that was verified before says, while it lives; else `undefined`. */
  peek(token: string): VerifiedCapability | undefined;
  /**
   * Verifies a capability: signed by a pinned key, for this cluster, alive, for an identity that may be acted as.
   * @throws CoreError `ERR_CAPABILITY_REFUSED`
   */
  verify(token: string): Promise<VerifiedCapability>;
}

/**
 * Creates what verifies capabilities. That a capability covers the request at hand (its action class, the agent's own
 * allowed groups) is the caller's to check.
 * @throws CoreError `ERR_SIGNING_KEY_INVALID`
 */
export function createCapabilityVerifier(options: CapabilityVerifierOptions): CapabilityVerifier {
  const { clusterId, clock = systemClock, maxCachedTokens = 10_000 } = options;
  const keys = 'keys' in options ? options.keys : createPinnedKeys(options.jwks);
  const cache = createLruCache<{ readonly capability: VerifiedCapability; readonly keyId: string }>(maxCachedTokens);

  const peek = (token: string) => {
    const entry = cache.get(token);
    if (entry === undefined) return undefined;
    // A verdict ends with its key as well: keys are dropped when they rotate.
    if (entry.capability.expiresAt.getTime() > clock.now() && keys.find(entry.keyId) !== undefined) {
      return entry.capability;
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
        throw refused('it is not signed by a pinned key, is altered, or has ended by the clock of this machine', cause);
      }
      const capability = readClaims(verified.payload, clusterId);
      cache.set(token, { capability, keyId: verified.keyId });
      return capability;
    },
  };
}

function readClaims(payload: VerifiedToken['payload'], clusterId: ClusterId): VerifiedCapability {
  const { aud, sub, sid, imp, act, ver, iat, exp } = payload;
  if (aud !== AUDIENCE_PREFIX + clusterId) throw refused('it is for another cluster');
  if (sub === undefined || !isId('principal', sub)) throw refused('its principal is not an id');
  if (sid !== undefined && !(typeof sid === 'string' && isId('loginSession', sid))) {
    throw refused('its login session is not an id');
  }
  if (!ACTION_CLASSES.has(act)) throw refused('its action class is unknown');
  if (!Number.isSafeInteger(ver)) throw refused('its snapshot version is not a number');
  if (!isImpersonation(imp)) throw refused('its identity is incomplete');
  try {
    assertImpersonation(imp);
  } catch (cause) {
    throw refused('its identity must not be acted as', cause);
  }
  return {
    clusterId,
    principalId: sub,
    ...(sid !== undefined && { loginSessionId: sid }),
    impersonation: imp,
    actionClass: act as ActionClass,
    snapshotVersion: ver as number,
    issuedAt: new Date(iat * 1_000),
    expiresAt: new Date(exp * 1_000),
  };
}

function isImpersonation(value: unknown): value is Impersonation {
  if (typeof value !== 'object' || value === null) return false;
  const { user, groups, uid, extra = {} } = value as Record<string, unknown>;
  return (
    typeof user === 'string' &&
    isStrings(groups) &&
    (uid === undefined || typeof uid === 'string') &&
    typeof extra === 'object' &&
    extra !== null &&
    Object.values(extra).every(isStrings)
  );
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function refused(why: string, cause?: unknown): CoreError {
  return new CoreError({ code: 'ERR_CAPABILITY_REFUSED', message: `the capability was refused: ${why}`, cause });
}
