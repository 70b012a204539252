import type { IdentityProviderId, LoginSessionId, OrganizationId, PrincipalId } from '@sallyport/core';
import type { ColumnType } from 'kysely';
import type { LoginClient, LoginMethod } from './login-contracts.ts';
import type { ApiKeyTerms } from './machine-contracts.ts';

/** Tables of login sessions, as Kysely sees them. */
export interface LoginTables {
  login_sessions: {
    id: LoginSessionId;
    organization_id: OrganizationId;
    principal_id: PrincipalId;
    identity_provider_id: IdentityProviderId | null;
    created_at: Date;
    expires_at: Date;
    method: LoginMethod;
    client: LoginClient;
    acr: string | null;
    amr: ColumnType<readonly string[] | null, string | null, string | null>;
    authenticated_at: Date | null;
    last_used_at: Date | null;
    source_address: string | null;
    user_agent: string | null;
    provider_session_id: string | null;
    cookie_sha256: string | null;
    api_key: ColumnType<ApiKeyTerms | null, string | null, string | null>;
  };
  provider_tokens: {
    login_session_id: LoginSessionId;
    refresh_token: string | null;
    id_token: string | null;
    vouched_at: Date;
    ask_at: Date;
    claimed_until: Date | null;
  };
}
