import type { PrincipalId, ProjectId } from '@sallyport/core';
import type { Selectable } from 'kysely';
import { toAccessSettings } from './access-settings.ts';
import type { MetadataColumns, RecordTables } from './record-schema.ts';
import type {
  AccessPolicyRecord,
  AuditSinkRecord,
  BindingRecord,
  ClusterRecord,
  GroupRecord,
  IdentityProviderRecord,
  InstallationRecord,
  NotificationChannelRecord,
  OrganizationRecord,
  PrincipalRecord,
  ProjectRecord,
  RecordMetadata,
  RequestPolicyRecord,
  RoleRecord,
} from './records.ts';

type Row<Table extends keyof RecordTables> = Selectable<RecordTables[Table]>;

/** Rows become the values of the contracts; absent columns become absent fields. */
function toMetadata(row: Selectable<MetadataColumns>): RecordMetadata {
  return {
    labels: row.labels,
    resourceVersion: row.resource_version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function toInstallation(row: Row<'installation'>): InstallationRecord {
  return { id: row.id, spec: row.spec, ...toMetadata(row) };
}

export function toOrganization(row: Row<'organizations'>): OrganizationRecord {
  return { id: row.id, name: row.name, spec: row.spec, ...toMetadata(row) };
}

export function toProject(row: Row<'projects'>): ProjectRecord {
  return { id: row.id, organizationId: row.organization_id, name: row.name, spec: row.spec, ...toMetadata(row) };
}

export function toCluster(
  row: Row<'clusters'> & { readonly shared_with_project_ids: readonly ProjectId[] },
): ClusterRecord {
  const { settings } = row.spec;
  return {
    id: row.id,
    organizationId: row.organization_id,
    projectId: row.project_id,
    sharedWithProjectIds: row.shared_with_project_ids,
    name: row.name,
    spec: row.spec,
    ...(settings !== undefined && { settings: toAccessSettings(settings) }),
    ...toMetadata(row),
  };
}

export function toIdentityProviderRecord(row: Row<'identity_providers'>): IdentityProviderRecord {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    issuer: row.issuer,
    spec: row.spec,
    hasClientSecret: row.client_secret !== null,
    isFromConfiguration: row.is_from_configuration,
    ...(row.scim_token_issued_at !== null && { scimTokenIssuedAt: row.scim_token_issued_at }),
    ...toMetadata(row),
  };
}

export function toPrincipal(row: Row<'principals'>): PrincipalRecord {
  const { settings } = row.spec;
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
    ...(row.identity_provider_id !== null && { identityProviderId: row.identity_provider_id }),
    isDisabled: row.is_disabled,
    spec: row.spec,
    ...(row.external_id !== null && { externalId: row.external_id }),
    ...(row.last_login_at !== null && { lastLoginAt: row.last_login_at }),
    ...(settings !== undefined && { settings: toAccessSettings(settings) }),
    ...toMetadata(row),
  };
}

export function toGroup(row: Row<'groups'> & { readonly member_ids: readonly PrincipalId[] }): GroupRecord {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    ...(row.identity_provider_id !== null && { identityProviderId: row.identity_provider_id }),
    ...(row.external_id !== null && { externalId: row.external_id }),
    ...(row.description !== null && { description: row.description }),
    memberIds: row.member_ids,
    ...toMetadata(row),
  };
}

export function toRole(row: Row<'roles'>): RoleRecord {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    ceilingGroups: row.ceiling_groups,
    ...(row.rules !== null && row.rules !== undefined && { rules: row.rules }),
    permissions: row.permissions,
    ...(row.privileges.length > 0 && { privileges: row.privileges }),
    ...(row.filter_lists && { filterLists: true }),
    ...(row.limits !== null && row.limits !== undefined && { limits: row.limits }),
    isBuiltIn: row.is_built_in,
    ...(row.description !== null && { description: row.description }),
    ...toMetadata(row),
  };
}

export function toBinding(row: Row<'bindings'>): BindingRecord {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    roleId: row.role_id,
    subjects: row.subjects,
    scope: row.scope,
    ...(row.condition !== null && { condition: row.condition }),
    ...(row.description !== null && { description: row.description }),
    ...toMetadata(row),
  };
}

export function toRequestPolicy(row: Row<'request_policies'>): RequestPolicyRecord {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    ...row.terms,
    ...(row.description !== null && { description: row.description }),
    ...toMetadata(row),
  };
}

export function toNotificationChannel(row: Row<'notification_channels'>): NotificationChannelRecord {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    spec: row.spec,
    secretNames: row.secret_names,
    ...(row.reviews_as_id !== null && { reviewsAsId: row.reviews_as_id }),
    ...toMetadata(row),
  };
}

export function toAuditSink(row: Row<'audit_sinks'>): AuditSinkRecord {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    spec: row.spec,
    secretNames: row.secret_names,
    ...toMetadata(row),
  };
}

export function toAccessPolicy(row: Row<'access_policies'>): AccessPolicyRecord {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    subjects: row.subjects,
    scope: row.scope,
    ...row.statements,
    ...(row.description !== null && { description: row.description }),
    ...toMetadata(row),
  };
}
