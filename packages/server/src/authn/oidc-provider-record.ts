import type { IdentityProviderId, OrganizationId, Secret } from '@sallyport/core';
import type { ClaimMapping } from '@sallyport/core/api';

/** An OpenID Connect provider with everything that talking to it takes. */
export interface OidcProvider {
  readonly id: IdentityProviderId;
  readonly organizationId: OrganizationId;
  readonly name: string;
  readonly displayName: string;
  readonly issuer: string;
  readonly clientId: string;
  /** Absent for a public client. */
  readonly clientSecret?: Secret;
  /** How the secret travels. */
  readonly clientAuthentication: 'client_secret_post' | 'client_secret_basic' | 'none';
  /** Absent: {@link DEFAULT_SCOPES}, as far as the provider knows them. */
  readonly scopes?: readonly string[];
  readonly claims: ClaimMapping;
  /** Where groups come from: what the provider states, or SCIM alone. */
  readonly groupsSource: 'claims' | 'scim';
}

/** What a provider is asked for that says nothing else. `offline_access` is what makes it give a refresh token. */
export const DEFAULT_SCOPES = ['openid', 'profile', 'email', 'groups', 'offline_access'] as const;
