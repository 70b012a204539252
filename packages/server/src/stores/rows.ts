import type { Binding, Role } from '@sallyport/authz';
import type { Cluster, Principal } from '@sallyport/core';
import type { Selectable } from 'kysely';
import type {
  AgentCertificate,
  ClusterInventory,
  IdentityProvider,
  IdentityProviderRecord,
} from './contracts.ts';
import type { Envelope } from './envelope.ts';
import type { Database } from './schema.ts';

type Row<Table extends keyof Database> = Selectable<Database[Table]>;

/** Rows become the values of the contracts; absent columns become absent fields. */
export function toPrincipal(row: Row<'principals'>): Principal {
  return {
    id: row.id,
    organizationId: row.organization_id,
    kind: row.kind,
    issuer: row.issuer,
    subjectClaim: row.subject_claim,
    userName: row.user_name,
    displayName: row.display_name,
    ...(row.email !== null && { email: row.email }),
    groups: row.groups,
  };
}

export function toIdentityProviderRecord(row: Row<'identity_providers'>): IdentityProviderRecord {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    displayName: row.display_name,
    issuer: row.issuer,
    clientId: row.client_id,
    oauthScopes: row.oauth_scopes,
    userNameClaim: row.user_name_claim,
    groupsClaim: row.groups_claim,
  };
}

export function toIdentityProvider(row: Row<'identity_providers'>, envelope: Envelope): IdentityProvider {
  return {
    ...toIdentityProviderRecord(row),
    ...(row.client_secret !== null && { clientSecret: envelope.open(row.client_secret, `identityProvider/${row.id}`) }),
  };
}

export function toCluster(row: Row<'clusters'>): Cluster {
  return { id: row.id, organizationId: row.organization_id, name: row.name, labels: row.labels };
}

export function toInventory(row: Row<'cluster_inventories'>): ClusterInventory {
  return {
    clusterId: row.cluster_id,
    kubernetesVersion: row.kubernetes_version,
    nodeCount: row.node_count,
    namespaceCount: row.namespace_count,
    observedAt: row.observed_at,
  };
}

export function toRole(row: Row<'roles'>): Role {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    ceilingGroups: row.ceiling_groups,
    ...(row.rules !== null && row.rules !== undefined && { rules: row.rules }),
    permissions: row.permissions,
  };
}

export function toBinding(row: Row<'bindings'>): Binding {
  return {
    id: row.id,
    organizationId: row.organization_id,
    roleId: row.role_id,
    subjects: row.subjects,
    scope: row.scope,
  };
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
