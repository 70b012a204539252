import type { IdentityProviderId, LoginSessionId, PrincipalId } from '@sallyport/core';
import type { ColumnType } from 'kysely';

/** Tables of machines and of SCIM, as Kysely sees them. */
export interface MachineTables {
  workload_tokens: {
    mark: string;
    login_session_id: LoginSessionId;
    key_thumbprint: string | null;
    expires_at: Date;
  };
  scim_tokens: {
    sha256: string;
    identity_provider_id: IdentityProviderId;
    issued_at: Date;
    expires_at: Date | null;
  };
  scim_profiles: {
    principal_id: PrincipalId;
    profile: ColumnType<Readonly<Record<string, unknown>>, string, string>;
  };
}
