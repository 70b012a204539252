import type { OrganizationId } from '@sallyport/core';
import type { Snapshot } from '../../snapshot.ts';
import type { PrincipalRecord } from '../../stores/records.ts';

/** Who somebody of another product is here, or one sentence why that can't be told. */
export type AnsweringPerson = { readonly principal: PrincipalRecord } | { readonly problem: string };

/** Finds the one person of an organization with an e-mail address that `product` vouches for. */
export function findPersonByAddress(
  address: string,
  product: string,
  { snapshot, organizationId }: { readonly snapshot: Snapshot; readonly organizationId: OrganizationId },
): AnsweringPerson {
  const people = snapshot
    .list('Principal', organizationId)
    .filter((each) => each.kind === 'user' && !each.isDisabled && each.email?.toLowerCase() === address.toLowerCase());
  const [principal, ...others] = people;
  if (principal === undefined) return { problem: `Nobody here has the e-mail address that you have in ${product}.` };
  if (others.length > 0) return { problem: `Several people here have the e-mail address that you have in ${product}.` };
  return { principal };
}
