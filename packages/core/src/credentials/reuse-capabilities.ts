import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import { createLruCache } from './lru-cache.ts';
import type { CapabilityClaims } from './types.ts';

/** A signed capability, as it travels in OPEN and RENEW frames. */
export interface SignedCapability {
  readonly token: string;
  readonly expiresAt: Date;
}

/** A capability that was just signed, and by which key. */
export interface MintedCapability extends SignedCapability {
  readonly keyId: string;
}

/** Signs capabilities, and hands the same one out again while at least half of its life is left. */
export interface CapabilitySigner {
  /** A capability of these claims that was signed before; `undefined` when {@link CapabilitySigner.sign} is due. */
  peek(claims: CapabilityClaims, notAfter?: Date): SignedCapability | undefined;
  /**
   * Signs a capability. It never lives beyond `notAfter` (the end of the grant it rests on).
   * @throws CoreError `ERR_IMPERSONATION_INVALID`; `ERR_CAPABILITY_REFUSED` when `notAfter` is less than a second away;
   * whatever a signer apart from this process says
   */
  sign(claims: CapabilityClaims, notAfter?: Date): Promise<SignedCapability>;
}

/** Options of {@link reuseCapabilities}. */
export interface ReuseCapabilitiesOptions {
  /** Signs anew, each time it is called. */
  readonly mint: (claims: CapabilityClaims, notAfter?: Date) => Promise<MintedCapability>;
  /** Whether what that key signed may still be handed out: asked for each capability that is reused. */
  readonly isCurrent: (keyId: string) => boolean;
  /** Defaults to the machine's clock. */
  readonly clock?: Clock;
  /** How many signed capabilities are kept for reuse. Defaults to 10 000. */
  readonly maxCached?: number;
}

/**
 * Makes a signer that asks `mint` only for what it can't hand out again. Requests that need the same capability at the same
 * time wait for one signature.
 */
export function reuseCapabilities(options: ReuseCapabilitiesOptions): CapabilitySigner {
  const { mint, isCurrent, clock = systemClock, maxCached = 10_000 } = options;
  const cache = createLruCache<MintedCapability & { readonly reuseUntilMs: number }>(maxCached);
  const underWay = new Map<string, Promise<MintedCapability>>();

  const peekAt = (key: string, notAfter: Date | undefined) => {
    const entry = cache.get(key);
    if (entry === undefined || !isCurrent(entry.keyId) || entry.reuseUntilMs <= clock.now()) return undefined;
    return notAfter !== undefined && entry.expiresAt > notAfter ? undefined : entry;
  };

  async function mintAndKeep(key: string, claims: CapabilityClaims, notAfter: Date | undefined) {
    const minted = await mint(claims, notAfter);
    const now = clock.now();
    cache.set(key, { ...minted, reuseUntilMs: now + (minted.expiresAt.getTime() - now) / 2 });
    return minted;
  }

  return {
    peek: (claims, notAfter) => peekAt(cacheKey(claims), notAfter),
    async sign(claims, notAfter) {
      const key = cacheKey(claims);
      const known = peekAt(key, notAfter);
      if (known !== undefined) return known;
      // With another end it is another capability, although either may be handed out to whoever may have the shorter one.
      const request = `${key}${notAfter?.getTime() ?? ''}`;
      let minting = underWay.get(request);
      if (minting === undefined) {
        minting = mintAndKeep(key, claims, notAfter).finally(() => underWay.delete(request));
        underWay.set(request, minting);
      }
      return minting;
    },
  };
}

/**
 * What a capability lets anybody do. Not the snapshot: each request is decided on the newest one whatever it travels under,
 * and every login would otherwise cost everybody a signature.
 */
function cacheKey(claims: CapabilityClaims): string {
  const { clusterId, principalId, loginSessionId, impersonation, actionClass } = claims;
  const { user, groups, uid, extra } = impersonation;
  return JSON.stringify([clusterId, principalId, loginSessionId, user, groups, uid, extra, actionClass]);
}
