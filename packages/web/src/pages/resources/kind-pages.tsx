import type { ReactNode } from 'react';
import type { AnyResource, ListedKind } from '../../api/resource-calls.ts';
import { placeOf } from '../../parts/place-words.ts';
import { Gate, type GateState } from '../../ui/gate.tsx';
import { Time } from '../../ui/time.tsx';
import type { TokenField } from '../../ui/token-bar.tsx';

/** A column of a kind, beside the name. */
export interface KindColumn {
  readonly header: string;
  readonly cell: (resource: AnyResource) => ReactNode;
  /** Pixels; it grows when absent. */
  readonly width?: number;
  readonly isNumber?: true;
}

/** How a kind is shown. */
export interface KindPage {
  readonly kind: ListedKind;
  /** Word of the command line, e.g. `service-accounts`. */
  readonly collection: string;
  readonly title: string;
  /** One of them, in a sentence: "service account". */
  readonly singular: string;
  /** What would be here, for an empty page. */
  readonly about: string;
  /** First half of its permissions. */
  readonly permissions: string;
  readonly columns: readonly KindColumn[];
  /** Fields of the spec that it is filtered by, by their names, beside labels and words. */
  readonly filters?: readonly TokenField[];
}

type Subject = { readonly kind: string; readonly name: string; readonly identityProvider?: string };
type Scope = Parameters<typeof placeOf>[0];

const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value));

/** Subjects of a binding or policy as words. */
export function subjectWords(subjects: unknown): string {
  if (typeof subjects === 'string') return subjects;
  if (!Array.isArray(subjects)) return '';
  return (subjects as readonly Subject[])
    .map(({ kind, name, identityProvider }) => {
      const of = identityProvider === undefined ? '' : ` of ${identityProvider}`;
      return kind === 'User'
        ? name
        : `${{ Group: 'group', ServiceAccount: 'service account' }[kind] ?? 'workload'} ${name}${of}`;
    })
    .join(', ');
}

/** A scope as words: `prod-eu / payments`. */
export function scopeWords(scope: unknown): string {
  if (typeof scope !== 'object' || scope === null) return '';
  const { on, in: namespaces } = placeOf(scope as Scope);
  return [on.join(', '), namespaces.join(', ')].filter((part) => part !== '').join(' / ');
}

const description: KindColumn = { header: 'What it’s for', cell: ({ spec }) => <bdi>{text(spec['description'])}</bdi> };
const sayWhether = (isOff: boolean, on: string, off: string): ReactNode => (
  <State gate={isOff ? 'ended' : 'open'} word={isOff ? off : on} />
);

function State({ gate, word }: { readonly gate: GateState; readonly word: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <Gate state={gate} /> {word}
    </span>
  );
}

const enabled: KindColumn = {
  header: 'State',
  width: 108,
  cell: ({ spec }) => sayWhether(spec['disabled'] === true, 'enabled', 'disabled'),
};
const count = (header: string, of: (resource: AnyResource) => unknown): KindColumn => ({
  header,
  width: 96,
  isNumber: true,
  cell: (resource) => text(of(resource)),
});

const DELIVERY_GATES: Readonly<Record<string, GateState>> = {
  delivering: 'open',
  failing: 'closing',
  refusing: 'barred',
  disabled: 'ended',
};

/** Which of these properties a spec has: what a sink or channel leads to. */
const oneOf = (spec: AnyResource['spec'], names: readonly string[]): string =>
  names.find((name) => spec[name] !== undefined) ?? '';

/** Every kind that has a page of its own form. */
export const KIND_PAGES = {
  User: {
    ...{ kind: 'User', collection: 'users', title: 'People', singular: 'person', permissions: 'users' },
    filters: [{ name: 'identityProvider', label: 'identity provider' }],
    about: 'People come here by their first login, by SCIM, or as local users by an invitation.',
    columns: [
      { header: 'Called', cell: ({ spec }) => <bdi>{text(spec['displayName'])}</bdi> },
      {
        header: 'Signs in with',
        width: 140,
        cell: ({ spec }) => <bdi>{text(spec['identityProvider'] ?? 'a local password')}</bdi>,
      },
      {
        header: 'Last login',
        width: 130,
        cell: ({ status }) => status['lastLoginAt'] instanceof Date && <Time at={status['lastLoginAt']} />,
      },
      enabled,
    ],
  },
  Group: {
    ...{ kind: 'Group', collection: 'groups', title: 'Groups', singular: 'group', permissions: 'groups' },
    about: 'Groups of the organization’s own, beside those that identity providers state.',
    columns: [description, count('Members', ({ status }) => status['memberCount'])],
  },
  ServiceAccount: {
    ...{
      kind: 'ServiceAccount',
      collection: 'service-accounts',
      title: 'Service accounts',
      singular: 'service account',
    },
    permissions: 'serviceAccounts',
    about: 'Machines that sign in with API keys.',
    columns: [description, count('API keys', ({ status }) => status['apiKeyCount']), enabled],
  },
  WorkloadIdentity: {
    ...{
      kind: 'WorkloadIdentity',
      collection: 'workload-identities',
      title: 'Workload identities',
      singular: 'workload identity',
    },
    permissions: 'workloadIdentities',
    about: 'Machines that sign in with a token of their platform, without a stored secret.',
    columns: [
      { header: 'Issuer', cell: ({ spec }) => <code className="truncate">{text(spec['issuer'])}</code> },
      { header: 'Condition', cell: ({ spec }) => <code className="truncate">{text(spec['condition'])}</code> },
      enabled,
    ],
  },
  Role: {
    ...{ kind: 'Role', collection: 'roles', title: 'Roles', singular: 'role', permissions: 'roles' },
    about: 'What somebody may do: on Sallyport itself, and on clusters.',
    columns: [
      description,
      {
        header: 'Comes',
        width: 130,
        cell: ({ status }) => (status['isBuiltIn'] === true ? 'with Sallyport' : 'of your own'),
      },
      count('Bindings', ({ status }) => status['bindingCount']),
    ],
  },
  Binding: {
    ...{ kind: 'Binding', collection: 'bindings', title: 'Bindings', singular: 'binding', permissions: 'bindings' },
    about: 'Who holds which role where, standing.',
    filters: [{ name: 'role', label: 'role' }],
    columns: [
      { header: 'Role', width: 140, cell: ({ spec }) => <bdi className="font-medium">{text(spec['role'])}</bdi> },
      { header: 'Who', cell: ({ spec }) => <bdi>{subjectWords(spec['subjects'])}</bdi> },
      { header: 'Where', cell: ({ spec }) => <bdi>{scopeWords(spec['scope'])}</bdi> },
    ],
  },
  AccessPolicy: {
    ...{ kind: 'AccessPolicy', collection: 'access-policies', title: 'Access policies', singular: 'access policy' },
    permissions: 'accessPolicies',
    about: 'What nobody may do on clusters, and what is demanded of those who may.',
    columns: [
      description,
      { header: 'About', cell: ({ spec }) => <bdi>{subjectWords(spec['subjects'])}</bdi> },
      { header: 'Where', cell: ({ spec }) => <bdi>{scopeWords(spec['scope'])}</bdi> },
    ],
  },
  RequestPolicy: {
    ...{ kind: 'RequestPolicy', collection: 'request-policies', title: 'Request policies', singular: 'request policy' },
    permissions: 'requestPolicies',
    about: 'Who may ask for which roles where and for how long, and who reviews.',
    columns: [
      {
        header: 'Roles',
        cell: ({ spec }) => <bdi>{Array.isArray(spec['roles']) ? spec['roles'].join(', ') : ''}</bdi>,
      },
      { header: 'Who may ask', cell: ({ spec }) => <bdi>{subjectWords(spec['requesters'])}</bdi> },
      { header: 'At most', width: 90, cell: ({ spec }) => text(spec['maxDuration']) },
    ],
  },
  IdentityProvider: {
    ...{ kind: 'IdentityProvider', collection: 'identity-providers', title: 'Sign-in', singular: 'identity provider' },
    permissions: 'identityProviders',
    about: 'OpenID Connect and SAML providers that people sign in with.',
    columns: [
      { header: 'Kind', width: 120, cell: ({ spec }) => (spec['oidc'] === undefined ? 'SAML' : 'OpenID Connect') },
      { header: 'Issuer', cell: ({ status }) => <code className="truncate">{text(status['issuer'])}</code> },
      count('People', ({ status }) => status['userCount']),
      enabled,
    ],
  },
  NotificationChannel: {
    ...{
      kind: 'NotificationChannel',
      collection: 'notification-channels',
      title: 'Notification channels',
      singular: 'channel',
    },
    permissions: 'notificationChannels',
    about: 'Who is told of access requests, and where.',
    columns: [
      {
        header: 'Leads to',
        width: 130,
        cell: ({ spec }) =>
          oneOf(spec, ['slack', 'teams', 'teamsBot', 'email', 'webhook', 'pagerDuty', 'serviceNow', 'jira']),
      },
      count('Waiting', ({ status }) => status['pendingCount']),
      count('Given up', ({ status }) => status['deadCount']),
      { header: 'Last problem', cell: ({ status }) => <bdi className="text-warn">{text(status['lastError'])}</bdi> },
    ],
  },
  AuditSink: {
    ...{
      kind: 'AuditSink',
      collection: 'audit-sinks',
      title: 'Audit sinks',
      singular: 'audit sink',
      permissions: 'auditSinks',
    },
    about: 'Where audit events are sent to as they happen, beside the database.',
    columns: [
      { header: 'Leads to', width: 110, cell: ({ spec }) => oneOf(spec, ['webhook', 'syslog', 'otlp', 's3']) },
      {
        header: 'Delivery',
        width: 110,
        cell: ({ spec }) => (spec['delivery'] === 'required' ? 'required' : 'best effort'),
      },
      {
        header: 'State',
        width: 120,
        cell: ({ status }) => (
          <State gate={DELIVERY_GATES[text(status['state'])] ?? 'ended'} word={text(status['state'])} />
        ),
      },
      count('Behind', ({ status }) => status['eventsBehind']),
      { header: 'Last problem', cell: ({ status }) => <bdi className="text-warn">{text(status['lastError'])}</bdi> },
    ],
  },
  Project: {
    ...{ kind: 'Project', collection: 'projects', title: 'Projects', singular: 'project', permissions: 'projects' },
    about: 'Clusters that belong together: what bindings of a project reach.',
    columns: [description, count('Clusters', ({ status }) => status['clusterCount'])],
  },
  Organization: {
    ...{ kind: 'Organization', collection: 'organizations', title: 'Organizations', singular: 'organization' },
    permissions: 'organizations',
    about: 'People, clusters and bindings that see nothing of another organization’s.',
    columns: [
      { header: 'Called', cell: ({ spec }) => <bdi>{text(spec['displayName'])}</bdi> },
      count('People', ({ status }) => status['userCount']),
      count('Clusters', ({ status }) => status['clusterCount']),
    ],
  },
} as const satisfies Partial<Readonly<Record<ListedKind, KindPage>>>;
