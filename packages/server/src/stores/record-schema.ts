import type { AccessPolicy, Binding, RequestPolicy, Role } from '@sallyport/authz';
import type {
  AccessPolicyId,
  AuditSinkId,
  BindingId,
  ClusterId,
  GroupId,
  IdentityProviderId,
  InstallationId,
  NotificationChannelId,
  OrganizationId,
  Principal,
  PrincipalId,
  ProjectId,
  RequestPolicyId,
  RoleId,
} from '@sallyport/core';
import type { KindSpec } from '@sallyport/core/api';
import type { ColumnType, Generated } from 'kysely';
import type {
  ClusterRecord,
  IdentityProviderRecord,
  InstallationRecord,
  OrganizationRecord,
  PrincipalRecord,
  ProjectRecord,
} from './records.ts';

/** A `jsonb` column: read as the value, written as JSON text, because the two drivers treat arrays differently. */
export type Json<Value> = ColumnType<Value, string, string>;
/** The same with a default. */
type JsonOrDefault<Value> = ColumnType<Value, string | undefined, string>;

/** Columns of everything that people manage. */
export interface MetadataColumns {
  labels: JsonOrDefault<Readonly<Record<string, string>>>;
  resource_version: Generated<number>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

/** The tables of what people manage. */
export interface RecordTables {
  installation: MetadataColumns & {
    single: Generated<boolean>;
    id: InstallationId;
    spec: JsonOrDefault<InstallationRecord['spec']>;
  };
  organizations: MetadataColumns & {
    id: OrganizationId;
    name: string;
    spec: JsonOrDefault<OrganizationRecord['spec']>;
  };
  projects: MetadataColumns & {
    id: ProjectId;
    organization_id: OrganizationId;
    name: string;
    spec: JsonOrDefault<ProjectRecord['spec']>;
  };
  clusters: MetadataColumns & {
    id: ClusterId;
    organization_id: OrganizationId;
    project_id: ProjectId;
    name: string;
    spec: JsonOrDefault<ClusterRecord['spec']>;
  };
  cluster_shares: { organization_id: OrganizationId; cluster_id: ClusterId; project_id: ProjectId };
  identity_providers: MetadataColumns & {
    id: IdentityProviderId;
    organization_id: OrganizationId;
    name: string;
    issuer: string;
    client_secret: string | null;
    spec: Json<IdentityProviderRecord['spec']>;
    is_from_configuration: Generated<boolean>;
    scim_token_issued_at: Date | null;
  };
  principals: MetadataColumns & {
    id: PrincipalId;
    organization_id: OrganizationId;
    kind: Principal['kind'];
    issuer: string;
    subject_claim: string;
    user_name: string;
    user_name_key: string;
    display_name: string;
    email: string | null;
    groups: Json<readonly string[]>;
    identity_provider_id: IdentityProviderId | null;
    is_disabled: Generated<boolean>;
    spec: JsonOrDefault<PrincipalRecord['spec']>;
    external_id: string | null;
    last_login_at: Date | null;
  };
  groups: MetadataColumns & {
    id: GroupId;
    organization_id: OrganizationId;
    name: string;
    identity_provider_id: IdentityProviderId | null;
    external_id: string | null;
    description: string | null;
  };
  group_members: { organization_id: OrganizationId; group_id: GroupId; principal_id: PrincipalId };
  roles: MetadataColumns & {
    id: RoleId;
    organization_id: OrganizationId;
    name: string;
    ceiling_groups: Json<readonly string[]>;
    rules: ColumnType<Role['rules'] | null, string | null, string | null>;
    permissions: Json<readonly string[]>;
    privileges: JsonOrDefault<NonNullable<Role['privileges']>>;
    filter_lists: Generated<boolean>;
    limits: ColumnType<Role['limits'] | null, string | null, string | null>;
    is_built_in: Generated<boolean>;
    description: string | null;
  };
  bindings: MetadataColumns & {
    id: BindingId;
    organization_id: OrganizationId;
    name: string;
    role_id: RoleId;
    subjects: Json<Binding['subjects']>;
    scope: Json<Binding['scope']>;
    condition: string | null;
    description: string | null;
  };
  access_policies: MetadataColumns & {
    id: AccessPolicyId;
    organization_id: OrganizationId;
    name: string;
    subjects: Json<AccessPolicy['subjects']>;
    scope: Json<AccessPolicy['scope']>;
    statements: Json<Pick<AccessPolicy, 'deny' | 'require' | 'limits'>>;
    description: string | null;
  };
  request_policies: MetadataColumns & {
    id: RequestPolicyId;
    organization_id: OrganizationId;
    name: string;
    terms: Json<Omit<RequestPolicy, 'id' | 'organizationId' | 'name'>>;
    description: string | null;
  };
  notification_channels: MetadataColumns & {
    id: NotificationChannelId;
    organization_id: OrganizationId;
    name: string;
    spec: Json<KindSpec<'NotificationChannel'>>;
    reviews_as_id: PrincipalId | null;
    secret_names: Json<readonly string[]>;
    /** Sealed JSON of all secrets by name. */
    secrets: string | null;
  };
  audit_sinks: MetadataColumns & {
    id: AuditSinkId;
    organization_id: OrganizationId;
    name: string;
    spec: Json<KindSpec<'AuditSink'>>;
    secret_names: Json<readonly string[]>;
    /** Sealed JSON of all secrets by name. */
    secrets: string | null;
  };
  idempotency_keys: {
    principal_id: PrincipalId;
    key_sha256: string;
    request_sha256: string;
    answer: string;
    expires_at: Date;
  };
}
