import type { Clock, OrganizationId } from '@sallyport/core';
import { type StoredKey, userCaOf } from '../../stores/key-contracts.ts';
import { makeKey } from '../new-key.ts';
import { createUserCertificateAuthority, type UserCertificateAuthority } from '../user-authority.ts';

/** The authorities of client certificates over keys in memory, and the keys, for a test to change. */
export function createMemoryUserAuthority(clock: Clock): {
  readonly authority: UserCertificateAuthority;
  readonly keys: Map<OrganizationId, readonly [StoredKey, ...StoredKey[]]>;
} {
  const keys = new Map<OrganizationId, readonly [StoredKey, ...StoredKey[]]>();
  const authority = createUserCertificateAuthority(
    {
      trusted: (organizationId) => keys.get(organizationId) ?? [],
      async signing(organizationId) {
        const known = keys.get(organizationId);
        if (known !== undefined) return known[0];
        const key = await makeUserCa(organizationId, new Date(clock.now()));
        keys.set(organizationId, [key]);
        return key;
      },
    },
    clock,
  );
  return { authority, keys };
}

/** A user CA that signs from `at` on. */
export async function makeUserCa(organizationId: OrganizationId, at: Date): Promise<StoredKey> {
  return { ...(await makeKey(userCaOf(organizationId), at)), phase: 'current', signsFrom: at };
}
