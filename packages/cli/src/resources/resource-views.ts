import type { KindName, KindResource } from '@sallyport/core/api';
import { clusterView } from '../output/cluster-view.ts';
import type { View } from '../output/format.ts';
import type { Column } from '../output/table.ts';
import { singularOf } from './kind-words.ts';
import type { AnyResource } from './resource-client.ts';

type Columns = { readonly [Kind in KindName]: readonly Column<KindResource<Kind>>[] };

const dash = (value: string | undefined) => value || '-';
const join = (values: readonly string[] | undefined) => dash(values?.join(','));
const state = (spec: { readonly disabled?: boolean | undefined }) => (spec.disabled ? 'disabled' : 'active');

/** What stands between the name and the columns that every kind has. */
const COLUMNS: Columns = {
  Installation: [
    { header: 'ORGANIZATIONS', cell: (it) => String(it.status.organizationCount) },
    { header: 'VERSION', cell: (it) => it.status.version },
  ],
  Organization: [
    { header: 'DISPLAY NAME', cell: (it) => dash(it.spec.displayName) },
    { header: 'USERS', cell: (it) => String(it.status.userCount) },
    { header: 'CLUSTERS', cell: (it) => String(it.status.clusterCount) },
  ],
  Project: [
    { header: 'CLUSTERS', cell: (it) => String(it.status.clusterCount) },
    { header: 'SHARED', cell: (it) => String(it.status.sharedClusterCount) },
    { header: 'DESCRIPTION', cell: (it) => dash(it.spec.description) },
  ],
  Cluster: [],
  User: [
    { header: 'DISPLAY NAME', cell: (it) => dash(it.spec.displayName) },
    { header: 'PROVIDER', cell: (it) => it.spec.identityProvider ?? 'local' },
    { header: 'STATE', cell: (it) => state(it.spec) },
    { header: 'SESSIONS', cell: (it) => String(it.status.loginSessionCount) },
    { header: 'LAST LOGIN', cell: (it) => dash(it.status.lastLoginAt?.toISOString()) },
    { header: 'EMAIL', cell: (it) => dash(it.spec.email), isWide: true },
    { header: 'GROUPS', cell: (it) => join([...it.status.groups, ...it.status.localGroups]), isWide: true },
  ],
  Group: [
    { header: 'MEMBERS', cell: (it) => String(it.status.memberCount) },
    { header: 'DESCRIPTION', cell: (it) => dash(it.spec.description) },
  ],
  ServiceAccount: [
    { header: 'STATE', cell: (it) => state(it.spec) },
    { header: 'API KEYS', cell: (it) => String(it.status.apiKeyCount) },
    { header: 'DESCRIPTION', cell: (it) => dash(it.spec.description) },
    { header: 'GROUPS', cell: (it) => join(it.status.localGroups), isWide: true },
  ],
  WorkloadIdentity: [
    { header: 'STATE', cell: (it) => state(it.spec) },
    { header: 'ISSUER', cell: (it) => it.spec.issuer },
    { header: 'CONDITION', cell: (it) => it.spec.condition, isWide: true },
    { header: 'GROUPS', cell: (it) => join(it.status.localGroups), isWide: true },
  ],
  Role: [
    { header: 'BUILT IN', cell: (it) => (it.status.isBuiltIn ? 'yes' : 'no') },
    { header: 'PERMISSIONS', cell: (it) => String(it.spec.permissions?.length ?? 0) },
    {
      header: 'KUBERNETES',
      cell: (it) => join([...(it.spec.kubernetes?.clusterRoles ?? []), ...(it.spec.kubernetes?.groups ?? [])]),
    },
    { header: 'BINDINGS', cell: (it) => String(it.status.bindingCount) },
    { header: 'DESCRIPTION', cell: (it) => dash(it.spec.description), isWide: true },
  ],
  Binding: [
    { header: 'ROLE', cell: (it) => it.spec.role },
    { header: 'SUBJECTS', cell: (it) => subjectsOf(it.spec.subjects) },
    { header: 'SCOPE', cell: (it) => scopeOf(it) },
    { header: 'DESCRIPTION', cell: (it) => dash(it.spec.description), isWide: true },
  ],
  AccessPolicy: [
    { header: 'SUBJECTS', cell: (it) => (it.spec.subjects === 'everyone' ? 'everyone' : subjectsOf(it.spec.subjects)) },
    { header: 'SCOPE', cell: (it) => scopeOf(it) },
    { header: 'SAYS', cell: (it) => statementsOf(it) },
    { header: 'DESCRIPTION', cell: (it) => dash(it.spec.description), isWide: true },
  ],
  RequestPolicy: [
    {
      header: 'REQUESTERS',
      cell: (it) => (it.spec.requesters === 'everyone' ? 'everyone' : subjectsOf(it.spec.requesters)),
    },
    { header: 'ROLES', cell: (it) => join(it.spec.roles) },
    { header: 'SCOPE', cell: (it) => scopeOf(it) },
    { header: 'AT MOST', cell: (it) => it.spec.maxDuration },
    { header: 'APPROVALS', cell: (it) => it.spec.steps.map(({ approvals = 1 }) => approvals).join('+') },
    { header: 'DESCRIPTION', cell: (it) => dash(it.spec.description), isWide: true },
  ],
  NotificationChannel: [
    { header: 'LEADS TO', cell: (it) => leadsTo(it) },
    { header: 'STATE', cell: (it) => state(it.spec) },
    { header: 'PENDING', cell: (it) => String(it.status.pendingCount) },
    { header: 'DEAD', cell: (it) => String(it.status.deadCount) },
    { header: 'LAST DELIVERED', cell: (it) => dash(it.status.lastDeliveredAt?.toISOString()) },
    { header: 'EVENTS', cell: (it) => join(it.spec.events), isWide: true },
    { header: 'LAST ERROR', cell: (it) => dash(it.status.lastError), isWide: true },
  ],
  AuditSink: [
    { header: 'LEADS TO', cell: (it) => sinkLeadsTo(it) },
    { header: 'DELIVERY', cell: (it) => it.spec.delivery ?? 'bestEffort' },
    { header: 'STATE', cell: (it) => it.status.state },
    { header: 'BEHIND', cell: (it) => String(it.status.eventsBehind) },
    { header: 'LAST DELIVERED', cell: (it) => dash(it.status.lastDeliveredAt?.toISOString()) },
    { header: 'LAST INDEX', cell: (it) => dash(it.status.lastDeliveredIndex?.toString()), isWide: true },
    { header: 'FAILING SINCE', cell: (it) => dash(it.status.failingSince?.toISOString()), isWide: true },
    { header: 'LAST ERROR', cell: (it) => dash(it.status.lastError), isWide: true },
  ],
  IdentityProvider: [
    { header: 'PROTOCOL', cell: (it) => (it.spec.oidc === undefined ? 'saml' : 'oidc') },
    { header: 'ISSUER', cell: (it) => it.status.issuer },
    { header: 'STATE', cell: (it) => state(it.spec) },
    { header: 'USERS', cell: (it) => String(it.status.userCount) },
    { header: 'CALLBACK URL', cell: (it) => it.status.callbackUrl, isWide: true },
  ],
};

const MAX_SUBJECTS = 3;

function subjectsOf(subjects: KindResource<'Binding'>['spec']['subjects']): string {
  const shown = subjects.slice(0, MAX_SUBJECTS).map(({ kind, name }) => `${kind}:${name}`);
  const more = subjects.length - shown.length;
  return more === 0 ? shown.join(',') : `${shown.join(',')} and ${more} more`;
}

function statementsOf({ spec }: KindResource<'AccessPolicy'>): string {
  const words = [
    ...(spec.deny === undefined ? [] : [`denies ${spec.deny.length}`]),
    ...(spec.require === undefined ? [] : [`requires ${spec.require.length}`]),
    ...(spec.limits === undefined ? [] : ['limits']),
  ];
  return words.join(', ');
}

function leadsTo({ spec }: KindResource<'NotificationChannel'>): string {
  const { slack, teams, email, webhook, pagerDuty, serviceNow, jira } = spec;
  if (slack !== undefined) return `slack ${slack.channel}`;
  if (teams !== undefined) return 'teams';
  if (email !== undefined)
    return `email ${[...(email.to ?? []), ...(email.concerned ? ['whom it concerns'] : [])].join(', ')}`;
  if (webhook !== undefined) return `webhook ${webhook.url}`;
  if (pagerDuty !== undefined) return 'pagerDuty';
  return serviceNow === undefined ? `jira ${jira?.url ?? ''}` : `serviceNow ${serviceNow.url}`;
}

function sinkLeadsTo({ spec }: KindResource<'AuditSink'>): string {
  const { webhook, syslog, otlp, s3 } = spec;
  if (webhook !== undefined) return `webhook ${webhook.url}`;
  if (syslog !== undefined) return `syslog ${syslog.protocol ?? 'tls'} ${syslog.host}`;
  return otlp === undefined ? `s3 ${s3?.endpoint ?? ''} ${s3?.bucket ?? ''}` : `otlp ${otlp.url}`;
}

function scopeOf({ spec: { scope } }: KindResource<'Binding' | 'AccessPolicy' | 'RequestPolicy'>): string {
  if (scope.kind === 'projects') return `projects ${scope.projects.join(',')}`;
  if (scope.kind === 'clusters') return `clusters ${scope.clusters.join(',')}`;
  if (scope.kind === 'clusterSelector') return 'clusters by label';
  return scope.kind;
}

/** How resources of a kind are shown. */
export function viewOf(kind: KindName): View<AnyResource> {
  if (kind === 'Cluster') return clusterView as View<AnyResource>;
  return {
    kind: singularOf(kind),
    name: (it) => it.metadata.name,
    columns: [
      { header: 'NAME', cell: (it) => it.metadata.name },
      // The caller looks the view up by the kind of its rows.
      ...(COLUMNS[kind] as readonly Column<AnyResource>[]),
      { header: 'LABELS', cell: (it) => labelsOf(it), isWide: true },
      { header: 'CREATED', cell: (it) => it.metadata.createdAt.toISOString(), isWide: true },
      { header: 'ID', cell: (it) => it.metadata.id, isWide: true },
    ],
  };
}

function labelsOf({ metadata }: AnyResource): string {
  return join(Object.entries(metadata.labels).map(([name, value]) => `${name}=${value}`));
}
