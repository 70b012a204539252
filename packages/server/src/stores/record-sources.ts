import type { Principal } from '@sallyport/core';
import { type RawBuilder, sql } from 'kysely';
import { channelSecrets } from './channel-secrets.ts';
import {
  toAccessPolicy,
  toAuditSink,
  toBinding,
  toCluster,
  toGroup,
  toIdentityProviderRecord,
  toInstallation,
  toNotificationChannel,
  toOrganization,
  toPrincipal,
  toProject,
  toRequestPolicy,
  toRole,
} from './record-rows.ts';
import type { RecordTables } from './record-schema.ts';
import type { RecordKind, RecordOf, Writable } from './records.ts';
import { sinkSecrets } from './sink-secrets.ts';
import type { SnapshotTopic } from './snapshot-topics.ts';
import { userNameKey } from './user-name-key.ts';

/** Where the records of a kind lie, and how they are read and written. */
export interface RecordSource<Kind extends RecordKind> {
  readonly table: keyof RecordTables;
  /** What the change feed calls them. */
  readonly topic: SnapshotTopic;
  /** What to select from, where that is more than the table. Has all its columns. */
  readonly from?: RawBuilder<unknown>;
  toRecord(row: unknown): RecordOf[Kind];
  /** Columns of a record besides its id and metadata. */
  toColumns(record: Writable<RecordOf[Kind]>): Readonly<Record<string, unknown>>;
  /** Lists that are part of a record and lie in a table of their own, by id. */
  readonly list?: {
    readonly table: keyof RecordTables;
    readonly owner: string;
    readonly item: string;
    /** Column of {@link RecordSource.from} that holds it. */
    readonly column: string;
    items(record: Writable<RecordOf[Kind]>): readonly string[];
  };
}

/** A table with the lists of its records beside its columns. */
function withList(
  table: string,
  { table: listTable, owner, item, column }: Omit<ListOf, 'items'>,
): RawBuilder<unknown> {
  return sql`(
    select ${sql.table(table)}.*, coalesce(
      (select jsonb_agg(${sql.ref(item)} order by ${sql.ref(item)}) from ${sql.table(listTable)}
        where ${sql.ref(`${listTable}.${owner}`)} = ${sql.ref(`${table}.id`)}), '[]'::jsonb) as ${sql.ref(column)}
    from ${sql.table(table)}) as ${sql.table(table)}`;
}

type ListOf = NonNullable<RecordSource<RecordKind>['list']>;

const SHARES = {
  table: 'cluster_shares',
  owner: 'cluster_id',
  item: 'project_id',
  column: 'shared_with_project_ids',
} as const;
const MEMBERS = { table: 'group_members', owner: 'group_id', item: 'principal_id', column: 'member_ids' } as const;

const json = (value: unknown) => JSON.stringify(value);

/** All kinds of records. */
export const RECORD_SOURCES: { readonly [Kind in RecordKind]: RecordSource<Kind> } = {
  Installation: {
    table: 'installation',
    topic: 'installation',
    toRecord: toInstallation,
    toColumns: ({ spec }) => ({ spec: json(spec) }),
  },
  Organization: {
    table: 'organizations',
    topic: 'organizations',
    toRecord: toOrganization,
    toColumns: ({ name, spec }) => ({ name, spec: json(spec) }),
  },
  Project: {
    table: 'projects',
    topic: 'projects',
    toRecord: toProject,
    toColumns: ({ organizationId, name, spec }) => ({ organization_id: organizationId, name, spec: json(spec) }),
  },
  Cluster: {
    table: 'clusters',
    topic: 'clusters',
    from: withList('clusters', SHARES),
    toRecord: toCluster,
    toColumns: ({ organizationId, projectId, name, spec }) => ({
      organization_id: organizationId,
      project_id: projectId,
      name,
      spec: json(spec),
    }),
    list: { ...SHARES, items: ({ sharedWithProjectIds }) => sharedWithProjectIds },
  },
  Principal: {
    table: 'principals',
    topic: 'principals',
    toRecord: toPrincipal,
    toColumns: (principal) => ({
      ...loginColumns(principal),
      is_disabled: principal.isDisabled,
      spec: json(principal.spec),
      external_id: principal.externalId ?? null,
    }),
  },
  Group: {
    table: 'groups',
    topic: 'groups',
    from: withList('groups', MEMBERS),
    toRecord: toGroup,
    toColumns: (group) => ({
      organization_id: group.organizationId,
      name: group.name,
      identity_provider_id: group.identityProviderId ?? null,
      external_id: group.externalId ?? null,
      description: group.description ?? null,
    }),
    list: { ...MEMBERS, items: ({ memberIds }) => memberIds },
  },
  Role: {
    table: 'roles',
    topic: 'roles',
    toRecord: toRole,
    toColumns: (role) => ({
      organization_id: role.organizationId,
      name: role.name,
      ceiling_groups: json(role.ceilingGroups),
      rules: role.rules === undefined ? null : json(role.rules),
      permissions: json(role.permissions),
      privileges: json(role.privileges ?? []),
      filter_lists: role.filterLists ?? false,
      limits: role.limits === undefined ? null : json(role.limits),
      is_built_in: role.isBuiltIn,
      description: role.description ?? null,
    }),
  },
  Binding: {
    table: 'bindings',
    topic: 'bindings',
    toRecord: toBinding,
    toColumns: (binding) => ({
      organization_id: binding.organizationId,
      name: binding.name,
      role_id: binding.roleId,
      subjects: json(binding.subjects),
      scope: json(binding.scope),
      condition: binding.condition ?? null,
      description: binding.description ?? null,
    }),
  },
  AccessPolicy: {
    table: 'access_policies',
    topic: 'accessPolicies',
    toRecord: toAccessPolicy,
    toColumns: ({ deny, require, limits, ...policy }) => ({
      organization_id: policy.organizationId,
      name: policy.name,
      subjects: json(policy.subjects),
      scope: json(policy.scope),
      statements: json({ deny, require, limits }),
      description: policy.description ?? null,
    }),
  },
  RequestPolicy: {
    table: 'request_policies',
    topic: 'requestPolicies',
    toRecord: toRequestPolicy,
    toColumns: ({ organizationId, name, description, id: _, labels: __, ...terms }) => ({
      organization_id: organizationId,
      name,
      terms: json(terms),
      description: description ?? null,
    }),
  },
  NotificationChannel: {
    table: 'notification_channels',
    topic: 'notificationChannels',
    toRecord: toNotificationChannel,
    toColumns: (channel) => ({
      organization_id: channel.organizationId,
      name: channel.name,
      spec: json(channelSecrets.without(channel.spec)),
      reviews_as_id: channel.reviewsAsId ?? null,
    }),
  },
  AuditSink: {
    table: 'audit_sinks',
    topic: 'auditSinks',
    toRecord: toAuditSink,
    toColumns: (sink) => ({
      organization_id: sink.organizationId,
      name: sink.name,
      spec: json(sinkSecrets.without(sink.spec)),
    }),
  },
  IdentityProvider: {
    table: 'identity_providers',
    topic: 'identityProviders',
    toRecord: toIdentityProviderRecord,
    toColumns: (provider) => ({
      organization_id: provider.organizationId,
      name: provider.name,
      issuer: provider.issuer,
      spec: json(withoutSecret(provider.spec)),
      is_from_configuration: provider.isFromConfiguration,
      scim_token_issued_at: provider.scimTokenIssuedAt ?? null,
    }),
  },
};

/** The columns of a principal that a login tells. */
export function loginColumns(
  principal: Omit<Principal, 'id'> & Pick<RecordOf['Principal'], 'identityProviderId' | 'lastLoginAt'>,
) {
  return {
    organization_id: principal.organizationId,
    kind: principal.kind,
    issuer: principal.issuer,
    subject_claim: principal.subjectClaim,
    user_name: principal.userName,
    user_name_key: userNameKey(principal.userName),
    display_name: principal.displayName,
    email: principal.email ?? null,
    groups: json(principal.groups),
    identity_provider_id: principal.identityProviderId ?? null,
    last_login_at: principal.lastLoginAt ?? null,
  };
}

function withoutSecret(spec: RecordOf['IdentityProvider']['spec']): RecordOf['IdentityProvider']['spec'] {
  if (spec.oidc === undefined) return spec;
  const { clientSecret: _, ...oidc } = spec.oidc;
  return { ...spec, oidc };
}
