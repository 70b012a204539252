import type { IdentityProviderId, LoginSessionId, OrganizationId, PrincipalId, Secret } from '@sallyport/core';
import type { ApiKeyTerms } from './machine-contracts.ts';

/** How a principal proved who they are. */
export type LoginMethod = 'oidc' | 'saml' | 'local' | 'apiKey' | 'workload';

/** What a login session is used with: command lines by access tokens, browsers by a cookie, machines by a key. */
export type LoginClient = 'cli' | 'web' | 'machine';

/** What a login proved. */
export interface Authentication {
  readonly method: LoginMethod;
  /** Authentication context class, as the provider states it (OpenID Connect `acr`, SAML `AuthnContextClassRef`). */
  readonly acr?: string;
  /** Authentication methods (RFC 8176), as the provider states them. */
  readonly amr?: readonly string[];
  /** When the person last proved who they are. Absent: the provider does not say, so the login never counts as fresh. */
  readonly authenticatedAt?: Date;
}

/** A principal's signed-in state with the server, and the basis of everything that is minted under it. */
export interface LoginSession extends Authentication {
  readonly id: LoginSessionId;
  readonly organizationId: OrganizationId;
  readonly principalId: PrincipalId;
  /** Provider that vouched for it; absent for local users and machines. */
  readonly identityProviderId?: IdentityProviderId;
  readonly client: LoginClient;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** Last use, to the minute. Absent: not used since it began. */
  readonly lastUsedAt?: Date;
  readonly sourceAddress?: string;
  readonly userAgent?: string;
  /** The provider's own session (`sid`), by which it can end this one (OpenID Connect Back-Channel Logout 1.0). */
  readonly providerSessionId?: string;
  /** SHA-256 of the browser's cookie secret, base64url; sessions of browsers only. */
  readonly cookieSha256?: string;
  /** What the session's API key is and may; sessions of API keys only. */
  readonly apiKey?: ApiKeyTerms;
}

/** What an identity provider gave for one login session. Sealed at rest, in no snapshot. */
export interface ProviderTokens {
  readonly loginSessionId: LoginSessionId;
  /** Absent where the provider gives none: groups stay as of the login. */
  readonly refreshToken?: Secret;
  /** Last ID token, for logging out at the provider. */
  readonly idToken?: Secret;
  /** When the provider last vouched for the person. */
  readonly vouchedAt: Date;
  /** When asking again is due. */
  readonly askAt: Date;
}

/** Provider tokens, by login session; they go with it. */
export interface ProviderTokenRows {
  /**
   * Takes what is due for asking, at most `limit`, oldest first, and puts it off to `until`: no other server takes it
   * before. A refresh token that rotates must not be used by two.
   */
  claimDue(at: Date, until: Date, limit: number): Promise<readonly ProviderTokens[]>;
  /** Takes those of one session, unless somebody else holds them. */
  claim(id: LoginSessionId, at: Date, until: Date): Promise<ProviderTokens | undefined>;
  find(id: LoginSessionId): Promise<ProviderTokens | undefined>;
}

/** What a transaction can do with login sessions and provider tokens, beside creating and deleting sessions. */
export interface LoginWrites {
  /** Stores tokens in place of earlier ones of the session, and lets go of a claim. */
  putProviderTokens(tokens: ProviderTokens): Promise<void>;
  /** Ends all login sessions of a principal, or of a provider's people; yields which. */
  endLoginSessionsOf(
    whose: { readonly principalId: PrincipalId } | { readonly identityProviderId: IdentityProviderId },
  ): Promise<readonly LoginSessionId[]>;
  /** Notes the last use of sessions. Those that ended meanwhile stay away. */
  touchLoginSessions(uses: ReadonlyMap<LoginSessionId, Date>): Promise<void>;
}
