import type { Secret } from '@sallyport/core';
import type { Selectable } from 'kysely';
import type { AgentCertificate, IdentityProvider } from './contracts.ts';
import type { Envelope } from './envelope.ts';
import { clientSecretContext } from './record-writer.ts';
import type { Database } from './schema.ts';

type Row<Table extends keyof Database> = Selectable<Database[Table]>;

/** The provider as OIDC logins need it; `undefined` for one that is no OIDC provider. */
export function toIdentityProvider(row: Row<'identity_providers'>, envelope: Envelope): IdentityProvider | undefined {
  const { oidc, claims = {}, displayName = row.name } = row.spec;
  if (oidc === undefined) return undefined;
  const secret = openClientSecret(row, envelope);
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    displayName,
    issuer: row.issuer,
    clientId: oidc.clientId,
    ...(secret !== undefined && { clientSecret: secret }),
    oauthScopes: oidc.scopes ?? ['openid', 'profile', 'email', 'groups', 'offline_access'],
    userNameClaim: claims.userName ?? 'email',
    groupsClaim: claims.groups ?? 'groups',
  };
}

export function openClientSecret(
  { id, client_secret }: Pick<Row<'identity_providers'>, 'id' | 'client_secret'>,
  envelope: Envelope,
): Secret | undefined {
  return client_secret === null ? undefined : envelope.open(client_secret, clientSecretContext(id));
}

export function toAgentCertificate(row: Row<'agent_certificates'>): AgentCertificate {
  return {
    id: row.agent_id,
    clusterId: row.cluster_id,
    serial: row.serial,
    notAfter: row.not_after,
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
  };
}
