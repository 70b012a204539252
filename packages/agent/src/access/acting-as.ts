import type { Impersonation } from '@sallyport/core';
import { INVENTORY_GROUP } from '../manifest-rights.ts';
import type { UpstreamIdentity } from '../upstream/contract.ts';
import type { AccessAccounts } from './access-accounts.ts';
import { accountName } from './account-name.ts';

/** Name of the ServiceAccount that the server looks at the cluster by, where nobody is impersonated. */
export function inventoryAccountName(ownerName: string): string {
  return `${ownerName}-inventory`;
}

/** Finds the ServiceAccount's token by which somebody acts, in place of impersonating them. */
export function actingByAccount(
  accounts: Pick<AccessAccounts, 'token'>,
  ownerName: string,
): (impersonation: Impersonation) => UpstreamIdentity | Promise<UpstreamIdentity> {
  return ({ user, groups }) => {
    const name = groups.includes(INVENTORY_GROUP) ? inventoryAccountName(ownerName) : accountName(ownerName, user);
    const token = accounts.token(name);
    return token instanceof Promise ? token.then((known) => ({ token: known })) : { token };
  };
}
