import { type Clock, ID_PREFIXES, type IdentityProviderId, type Secret } from '@sallyport/core';
import { mintMachineSecret } from '../authn/machines/machine-secret.ts';
import type { Transaction } from '../stores/contracts.ts';

/** How long earlier tokens of a provider go on after a new one was issued, in milliseconds: time to enter it there. */
export const SCIM_TOKEN_OVERLAP_MS = 60 * 60 * 1000;

/** Issues a token for the SCIM endpoint of a provider: shown once, stored hashed. The earlier ones end after `overlapMs`. */
export async function issueScimToken(
  tx: Transaction,
  id: IdentityProviderId,
  options: { readonly clock: Clock; readonly overlapMs?: number },
): Promise<{ readonly token: Secret; readonly issuedAt: Date; readonly othersEndAt: Date }> {
  const { secret, sha256 } = mintMachineSecret('scimToken', id.slice(`${ID_PREFIXES.identityProvider}_`.length));
  const issuedAt = new Date(options.clock.now());
  const othersEndAt = new Date(options.clock.now() + (options.overlapMs ?? SCIM_TOKEN_OVERLAP_MS));
  await tx.scim.putToken({ sha256, identityProviderId: id, issuedAt, othersEndAt });
  return { token: secret, issuedAt, othersEndAt };
}
