import { isDeepStrictEqual } from 'node:util';
import { createId, type OrganizationId } from '@sallyport/core';
import type { IdentityProviderConfig } from './config.ts';
import type { Snapshot } from './snapshot.ts';
import type { Store } from './stores/contracts.ts';
import type { IdentityProviderRecord, Writable } from './stores/records.ts';

/** The record of a provider as the configuration wants it. */
export function configuredProvider(
  id: IdentityProviderRecord['id'],
  organizationId: OrganizationId,
  provider: IdentityProviderConfig,
): Writable<IdentityProviderRecord> {
  const { name, displayName, issuer, clientId, clientSecret, oauthScopes, userNameClaim, groupsClaim } = provider;
  return {
    id,
    organizationId,
    name,
    issuer,
    spec: {
      displayName,
      oidc: {
        issuer,
        clientId,
        scopes: [...oauthScopes],
        ...(clientSecret !== undefined && { clientSecret: clientSecret.reveal() }),
      },
      claims: { userName: userNameClaim, groups: groupsClaim },
      ...(provider.groupsSource === 'scim' && { groupsSource: provider.groupsSource }),
    },
    hasClientSecret: clientSecret !== undefined,
    isFromConfiguration: true,
  };
}

/** The records of configured providers that are not in the database as they should be. What SCIM was told of them stays. */
export async function changedProviders(
  { clientSecret: secretOf }: Pick<Store, 'clientSecret'>,
  snapshot: Snapshot,
  organizationId: OrganizationId,
  providers: readonly IdentityProviderConfig[],
): Promise<readonly Writable<IdentityProviderRecord>[]> {
  const changed: Writable<IdentityProviderRecord>[] = [];
  for (const provider of providers) {
    const known = snapshot.find('IdentityProvider', provider.name, organizationId);
    const wanted = configuredProvider(known?.id ?? createId('identityProvider'), organizationId, provider);
    if (known === undefined) {
      changed.push(wanted);
      continue;
    }
    const secret = (await secretOf(known.id))?.reveal();
    if (secret === provider.clientSecret?.reveal() && isDeepStrictEqual(essence(known), essence(wanted))) continue;
    const { labels, scimTokenIssuedAt } = known;
    changed.push({ ...wanted, labels, ...(scimTokenIssuedAt !== undefined && { scimTokenIssuedAt }) });
  }
  return changed;
}

/** What is compared: everything but the secret, which records do not hold. */
function essence({ issuer, spec, hasClientSecret, isFromConfiguration }: Writable<IdentityProviderRecord>) {
  const { clientSecret: _, ...oidc } = spec.oidc ?? {};
  return { issuer, spec: { ...spec, oidc }, hasClientSecret, isFromConfiguration };
}
