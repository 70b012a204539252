import { createId, type IdentityProviderId } from '@sallyport/core';
import { compileClaimMapping } from '../../authn/claim-mapping.ts';
import { brokerCallbackUrl } from '../../authn/login-routes.ts';
import { samlEndpoints } from '../../authn/saml/saml-provider.ts';
import type { Snapshot } from '../../snapshot.ts';
import { countOnce } from '../count-once.ts';
import type { ResourceDefinition } from '../definition.ts';
import { assertCompiles, documentProblem, readOnly } from '../references.ts';
import { organizationOf } from './targets.ts';

const countUsers = countOnce<Snapshot['principals'], IdentityProviderId>((principals, count) => {
  for (const { identityProviderId } of principals.values())
    if (identityProviderId !== undefined) count(identityProviderId);
});

/** OIDC and SAML providers. A client secret goes in and never comes out. */
export const identityProvider: ResourceDefinition<'IdentityProvider'> = {
  kind: 'IdentityProvider',
  recordKind: 'IdentityProvider',
  list: (reader, organizationId) => reader.list('IdentityProvider', organizationId),
  find: (reader, organizationId, name) => reader.find('IdentityProvider', name, organizationId),
  nameOf: ({ name }) => name,
  targetsOf: organizationOf,
  describe(record, { snapshot, context }) {
    const organization = snapshot.organizations.get(record.organizationId)?.name ?? '';
    const { oidc, ...rest } = record.spec;
    const { clientSecret: _, ...shown } = oidc ?? {};
    return {
      spec: { ...rest, ...(oidc && { oidc: shown as typeof oidc }) },
      status: {
        issuer: record.issuer,
        hasClientSecret: record.hasClientSecret,
        callbackUrl:
          record.spec.saml === undefined
            ? brokerCallbackUrl(context.publicUrl, organization, record.name)
            : samlEndpoints(context.publicUrl, organization, record.name).acsUrl,
        userCount: countUsers(snapshot.principals).get(record.id) ?? 0,
        isFromConfiguration: record.isFromConfiguration,
        scim: {
          url: `${context.publicUrl}/scim/v2/${organization}/${record.name}`,
          ...(record.scimTokenIssuedAt !== undefined && { tokenIssuedAt: record.scimTokenIssuedAt }),
        },
      },
    };
  },
  plan({ metadata, spec }, existing, { organization, reader, context, assertHolds }) {
    if (existing?.isFromConfiguration) {
      throw readOnly(`the identity provider ${existing.name}`, "Change it in the server's configuration.");
    }
    const issuer = spec.oidc?.issuer ?? spec.saml?.issuer ?? '';
    assertCompiles('spec.claims', () => compileClaimMapping(spec.claims ?? {}, issuer));
    const twin = reader
      .list('IdentityProvider', organization.id)
      .find((other) => other.issuer === issuer && other.id !== existing?.id);
    if (twin !== undefined) {
      throw documentProblem('spec', `has the issuer of the identity provider ${twin.name}`, 'Change that one instead.');
    }
    // Whoever says who is who at an issuer can be anybody there: now, and by a new issuer.
    for (const each of new Set([issuer, existing?.issuer ?? issuer])) {
      assertHolds({ kind: 'identityProvider', organizationId: organization.id, issuer: each });
    }
    const secret = spec.oidc?.clientSecret;
    const keepsSecret = existing?.hasClientSecret === true && spec.oidc?.clientAuthentication !== 'none';
    const id = existing?.id ?? createId('identityProvider', context.clock.now());
    const isSwitchedOff = spec.disabled === true && existing !== undefined && existing.spec.disabled !== true;
    return {
      record: {
        id,
        organizationId: organization.id,
        name: metadata.name,
        labels: metadata.labels ?? {},
        issuer,
        spec,
        hasClientSecret: secret !== undefined || (spec.oidc !== undefined && keepsSecret),
        isFromConfiguration: false,
        ...(existing?.scimTokenIssuedAt !== undefined && { scimTokenIssuedAt: existing.scimTokenIssuedAt }),
      },
      ...(secret !== undefined && { changesSecret: true }),
      ...(isSwitchedOff && { alongside: (tx) => tx.endLoginSessionsOf({ identityProviderId: id }) }),
    };
  },
  planRemoval(record) {
    if (record.isFromConfiguration) {
      throw readOnly(`the identity provider ${record.name}`, "Remove it from the server's configuration.");
    }
    return undefined;
  },
};
