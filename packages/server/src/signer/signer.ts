import { createHash } from 'node:crypto';
import { type Clock, isCodedError } from '@sallyport/core';
import {
  type CapabilityClaims,
  createCapabilityMint,
  type MintedCapability,
  parseCapabilityClaims,
} from '@sallyport/core/credentials';
import type { CapabilityAuthority } from '../pki/capability-authority.ts';
import { SignerError } from './errors.ts';
import type { KeysAnswer, SignRequest } from './protocol.ts';
import { createRateLimit, type RateLimitOptions } from './rate-limit.ts';
import { findBreach, type SignerRules } from './rules.ts';
import type { SigningLog } from './signing-log.ts';

/** How far the clocks of server and signer may be apart, in milliseconds: as far as an agent allows. */
export const MAX_CLOCK_DIFFERENCE_MS = 30_000;

/** Options of {@link createSigner}. */
export interface SignerOptions {
  readonly authority: CapabilityAuthority;
  readonly rules: SignerRules;
  /** Signatures, refused ones included; all servers share it. */
  readonly rate: RateLimitOptions;
  readonly log: SigningLog;
  readonly clock: Clock;
}

/** Signs capabilities for servers that it does not trust further than its rules reach. */
export interface Signer {
  /**
   * Signs what the request asks for, for a minute at the most, and writes that down first.
   * @param peer who asks, for the log
   * @throws SignerError `ERR_SIGNER_REQUEST`, `ERR_SIGNER_REFUSED`, `ERR_SIGNER_CLOCK`, `ERR_SIGNER_BUSY`, `ERR_SIGNER_LOG`
   */
  sign(request: SignRequest, peer: string): Promise<MintedCapability>;
  keys(): KeysAnswer;
}

/** Makes a signer over keys that its caller keeps up to date. */
export function createSigner(options: SignerOptions): Signer {
  const { authority, rules, log, clock } = options;
  const mint = createCapabilityMint({ keys: authority.keys, clock });
  const rate = createRateLimit(options.rate, clock);

  async function judgeAndMint(request: SignRequest, claims: CapabilityClaims): Promise<MintedCapability> {
    const differenceMs = request.now - clock.now();
    if (!(Math.abs(differenceMs) <= MAX_CLOCK_DIFFERENCE_MS)) {
      const seconds = (differenceMs / 1_000).toFixed(0);
      throw new SignerError({
        code: 'ERR_SIGNER_CLOCK',
        message: `the clock of the server is ${seconds} s from that of the signer, ${MAX_CLOCK_DIFFERENCE_MS / 1_000} are allowed`,
        nextStep: 'Set both machines by the same time server.',
      });
    }
    const breach = findBreach(rules, claims);
    if (breach !== undefined) throw new SignerError({ code: 'ERR_SIGNER_REFUSED', message: breach });
    const { notAfter } = request;
    return mint(claims, notAfter === undefined ? undefined : new Date(notAfter));
  }

  return {
    async sign(request, peer) {
      // Before anything is looked at or written: what is refused costs as much as what is signed.
      if (!rate.take()) {
        throw new SignerError({
          code: 'ERR_SIGNER_BUSY',
          message: `more than ${options.rate.perSecond} signatures a second were asked for`,
        });
      }
      let claims: CapabilityClaims;
      try {
        claims = parseCapabilityClaims(request.claims);
      } catch (cause) {
        await log.append({ event: 'refused', peer, reason: describe(cause) });
        throw new SignerError({ code: 'ERR_SIGNER_REQUEST', message: describe(cause), cause });
      }
      let minted: MintedCapability;
      try {
        minted = await judgeAndMint(request, claims);
      } catch (cause) {
        await log.append({ event: 'refused', peer, reason: describe(cause), ...claims });
        if (cause instanceof SignerError) throw cause;
        throw new SignerError({ code: 'ERR_SIGNER_REFUSED', message: describe(cause), cause });
      }
      const tokenSha256 = createHash('sha256').update(minted.token).digest('base64url');
      const { expiresAt, keyId } = minted;
      await log.append({ event: 'signed', peer, ...claims, expiresAt, keyId, tokenSha256 });
      return minted;
    },
    keys: () => ({
      activeKeyId: authority.keys.activeKeyId,
      jwks: authority.jwks(),
      statements: authority.statements(),
    }),
  };
}

function describe(error: unknown): string {
  return isCodedError(error) ? error.message : 'the claims could not be read';
}
