import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import type { ClusterId } from '../ids.ts';
import { assertImpersonation } from '../impersonation.ts';
import { capabilityRefused, formatCapabilityClaims, parseCapabilityClaims } from './capability-claims.ts';
import { createPinnedKeys, type SigningJwks, type SigningKeyRing, type VerificationKeys } from './keys.ts';
import { createLruCache } from './lru-cache.ts';
import { type CapabilitySigner, type MintedCapability, reuseCapabilities } from './reuse-capabilities.ts';
import { signToken, type VerifiedToken, verifyToken } from './token.ts';
import type { CapabilityClaims, VerifiedCapability } from './types.ts';

const TYP = 'sallyport-capability+jwt';

/** Longest life of a capability, in milliseconds: how long access can outlive its revocation at an agent. */
export const CAPABILITY_LIFETIME_MS = 60_000;
const MAX_LIFETIME_S = CAPABILITY_LIFETIME_MS / 1_000;

/** Options of {@link createCapabilitySigner}. */
export interface CapabilitySignerOptions extends CapabilityMintOptions {
  /** How many signed capabilities are kept for reuse. Defaults to 10 000. */
  readonly maxCached?: number;
}

/** Creates what signs capabilities with a key of this process. */
export function createCapabilitySigner(options: CapabilitySignerOptions): CapabilitySigner {
  const { keys, clock, maxCached } = options;
  return reuseCapabilities({
    mint: createCapabilityMint(options),
    isCurrent: (keyId) => keyId === keys.activeKeyId,
    ...(clock && { clock }),
    ...(maxCached !== undefined && { maxCached }),
  });
}

/** Options of {@link createCapabilityMint}. */
export interface CapabilityMintOptions {
  readonly keys: SigningKeyRing;
  /** Defaults to the machine's clock. */
  readonly clock?: Clock;
  /** Life of a capability, in milliseconds. Defaults to {@link CAPABILITY_LIFETIME_MS}; verifiers take no longer one. */
  readonly lifetimeMs?: number;
}

/**
 * Creates what signs a capability each time it is called; {@link createCapabilitySigner} also reuses them. Fails as
 * `CapabilitySigner.sign` does.
 */
export function createCapabilityMint(
  options: CapabilityMintOptions,
): (claims: CapabilityClaims, notAfter?: Date) => Promise<MintedCapability> {
  const { keys, clock = systemClock, lifetimeMs = CAPABILITY_LIFETIME_MS } = options;
  return async (claims, notAfter) => {
    assertImpersonation(claims.impersonation);
    const now = clock.now();
    const endMs = Math.min(now + lifetimeMs, notAfter?.getTime() ?? Number.POSITIVE_INFINITY);
    const exp = Math.floor(endMs / 1_000);
    if (!(exp * 1_000 > now)) throw capabilityRefused('its basis has ended');
    const { keyId } = keys.active();
    const payload = { ...formatCapabilityClaims(claims), iat: Math.floor(now / 1_000), exp };
    return { token: await signToken(keys, TYP, payload), expiresAt: new Date(exp * 1_000), keyId };
  };
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
   * Verifies a capability: signed by a pinned key, for this cluster, alive, with a life of 60 seconds at the most, for an
   * identity that may be acted as.
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
        throw capabilityRefused(
          'it is not signed by a pinned key, is altered, or has ended by the clock of this machine',
          cause,
        );
      }
      const claims = parseCapabilityClaims(verified.payload);
      if (claims.clusterId !== clusterId) throw capabilityRefused('it is for another cluster');
      const { iat, exp } = verified.payload;
      // Whoever held the key for a moment must not have signed access for later, whatever the signer's own limit was.
      if (exp - iat > MAX_LIFETIME_S) throw capabilityRefused(`its life is ${exp - iat} s, limit is ${MAX_LIFETIME_S}`);
      const capability = { ...claims, issuedAt: new Date(iat * 1_000), expiresAt: new Date(exp * 1_000) };
      cache.set(token, { capability, keyId: verified.keyId });
      return capability;
    },
  };
}
