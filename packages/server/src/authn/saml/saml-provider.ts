import type { IdentityProviderId, OrganizationId } from '@sallyport/core';
import type { ClaimMapping } from '@sallyport/core/api';
import type { IdentityProviderRecord } from '../../stores/records.ts';
import { displayNameOf } from '../provider-directory.ts';

/** A SAML 2.0 identity provider with everything that a login with it takes. */
export interface SamlProvider {
  readonly id: IdentityProviderId;
  readonly organizationId: OrganizationId;
  readonly name: string;
  readonly displayName: string;
  /** `entityID` of the provider, and issuer of its principals. */
  readonly issuer: string;
  /** Where browsers are sent with the request. */
  readonly entryPoint: string;
  /** Certificates whose keys its assertions may be signed with, PEM. Trusted as they are: their own dates don't count. */
  readonly certificates: readonly string[];
  /** Attribute that is the subject. Absent: the NameID, which then must be persistent. */
  readonly subjectAttribute?: string;
  readonly claims: ClaimMapping;
  readonly groupsSource: 'claims' | 'scim';
  /** Our own addresses towards it. */
  readonly endpoints: SamlEndpoints;
}

/** Addresses of ours that one SAML provider deals with. */
export interface SamlEndpoints {
  /** Our entity id, which is where our metadata stands (SAML metadata, section 4.1). */
  readonly entityId: string;
  /** Where the provider sends its answers (assertion consumer service, HTTP-POST binding). */
  readonly acsUrl: string;
}

/** Path that the SAML routes are mounted at. */
export const SAML_LOGIN_PATH = '/login/saml';

/** The addresses to be registered at a provider. */
export function samlEndpoints(publicUrl: string, organization: string, provider: string): SamlEndpoints {
  const base = `${publicUrl}${SAML_LOGIN_PATH}/${organization}/${provider}`;
  return { entityId: `${base}/metadata`, acsUrl: `${base}/acs` };
}

/** Whether a path is one that providers post their answers to, from their own site: its protection is the answer itself. */
export function isSamlAcsPath(path: string): boolean {
  return /^\/login\/saml\/[^/]+\/[^/]+\/acs$/.test(path);
}

/** A provider of the snapshot as the login takes it; `undefined` for one that does not speak SAML. */
export function toSamlProvider(
  record: Pick<IdentityProviderRecord, 'id' | 'organizationId' | 'name' | 'spec'>,
  endpoints: SamlEndpoints,
): SamlProvider | undefined {
  const { saml, claims = {}, groupsSource = 'claims' } = record.spec;
  if (saml === undefined) return undefined;
  return {
    id: record.id,
    organizationId: record.organizationId,
    name: record.name,
    displayName: displayNameOf(record),
    issuer: saml.issuer,
    entryPoint: saml.entryPoint,
    certificates: saml.certificates,
    ...(saml.subjectAttribute !== undefined && { subjectAttribute: saml.subjectAttribute }),
    claims,
    groupsSource,
    endpoints,
  };
}
