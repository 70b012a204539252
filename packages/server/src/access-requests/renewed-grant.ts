import type { RenewedGrant } from '@sallyport/authz';
import type { GrantId, OrganizationId } from '@sallyport/core';
import type { KeptGrant } from '../stores/access-contracts.ts';

/** Longest chain of renewals that is followed; a longer one is prolonged no more. */
const MAX_RENEWALS = 1_000;

/** Finds one grant: a read of the store, or one within a transaction. */
export type FindGrant = (organizationId: OrganizationId, id: GrantId) => Promise<KeptGrant | undefined>;

/** A grant that is to be prolonged, with the start of the first of its chain; `undefined` when the chain can't be followed. */
export async function renewedGrant(find: FindGrant, grant: KeptGrant): Promise<RenewedGrant | undefined> {
  let first = grant;
  for (let count = 0; first.renewsId !== undefined; count += 1) {
    const before = count < MAX_RENEWALS ? await find(grant.organizationId, first.renewsId) : undefined;
    if (before === undefined) return undefined;
    first = before;
  }
  return { grant, chainStartsAt: first.startsAt };
}
