import { createId } from '@sallyport/core';
import { API_VERSION, type OperationOutput, PLATFORM_PERMISSIONS } from '@sallyport/core/api';
import { mockSessions } from './mock-sessions.ts';

type Resource = 'Cluster' | 'Project' | 'User' | 'Group' | 'Role' | 'Binding' | 'RequestPolicy' | 'Organization';
type Of<Kind extends Resource> = OperationOutput<`get${Kind}`>;

/** What the mock API knows. Handlers read and change it; each mock has one of its own. */
export interface MockWorld {
  readonly now: Date;
  me: OperationOutput<'whoAmI'>;
  organizations: Of<'Organization'>[];
  projects: Of<'Project'>[];
  clusters: Of<'Cluster'>[];
  users: Of<'User'>[];
  groups: Of<'Group'>[];
  roles: Of<'Role'>[];
  bindings: Of<'Binding'>[];
  requestPolicies: Of<'RequestPolicy'>[];
  requestable: OperationOutput<'listRequestable'>['items'];
  requests: OperationOutput<'getAccessRequest'>[];
  grants: OperationOutput<'getGrant'>[];
  reviews: OperationOutput<'getAccessReview'>[];
  reviewItems: OperationOutput<'listAccessReviewItems'>['items'];
  sessions: OperationOutput<'listSessions'>['items'];
  /** By cluster; made when they are first asked for. */
  readonly agents: Record<string, OperationOutput<'listAgents'>['items']>;
  readonly joinTokens: Record<string, OperationOutput<'listJoinTokens'>['items']>;
  kubectlCommands: OperationOutput<'listKubectlCommands'>['items'];
  loginSessions: OperationOutput<'listMyLoginSessions'>['items'];
  credentials: OperationOutput<'listMyCredentials'>['items'];
  factors: OperationOutput<'getMyFactors'>;
  /** Told of each change that was asked for. */
  readonly watchers: Set<() => void>;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The reader of the mock: may do all, unless a test takes something away. */
export const READER = 'mira@halden.test';

const PEOPLE = [
  ['mira@halden.test', 'Mira Aldous'],
  ['tomas@halden.test', 'Tomas Reinholt'],
  ['priya@halden.test', 'Priya Venn'],
  ['hana@halden.test', 'Hana Sorel'],
  ['ines@halden.test', 'Ines Okafor-Dahl'],
  ['wim@halden.test', 'Wim Castell'],
] as const;

/** Makes a resource of any kind around its spec and status. */
export function aResource<K extends string, Spec, Status, Id>(
  kind: K,
  id: Id,
  name: string,
  spec: Spec,
  status: Status,
  labels: Record<string, string> = {},
  at = new Date(),
) {
  return {
    apiVersion: API_VERSION,
    kind,
    metadata: { id, name, labels, resourceVersion: '1', createdAt: at, updatedAt: at },
    spec,
    status,
  } as const;
}

const onCluster = (cluster: string, ...namespaces: string[]): MockWorld['grants'][number]['scope'] => ({
  kind: 'clusters',
  clusters: [cluster],
  ...(namespaces.length > 0 && { namespaces: { names: namespaces } }),
});

/** A world of a middling organization in the middle of a working day. */
export function createWorld(now: Date = new Date()): MockWorld {
  const readerId = createId('principal');
  const at = (ms: number) => new Date(now.getTime() + ms);
  const aGrant = (
    role: string,
    scope: MockWorld['grants'][number]['scope'],
    reason: string,
    from: number,
    to: number,
    user = READER,
  ) =>
    ({
      id: createId('grant'),
      state: from > 0 ? 'scheduled' : to > 0 ? 'active' : 'expired',
      user,
      role,
      scope,
      reason,
      createdAt: at(Math.min(from, 0) - 4 * MINUTE),
      startsAt: at(from),
      endsAt: at(to),
      isBreakGlass: false,
      may: { revoke: to > 0, renew: to > 0 && user === READER },
    }) as MockWorld['grants'][number];
  const aRequest = (overrides: Partial<MockWorld['requests'][number]>) =>
    ({
      id: createId('accessRequest'),
      state: 'pending',
      requester: READER,
      role: 'exec',
      scope: onCluster('prod-eu', 'tracking'),
      duration: '1h',
      reason: 'Look at it from inside',
      policy: 'on-call',
      suggestedReviewers: [],
      createdAt: at(-4 * MINUTE),
      pendingUntil: at(DAY),
      contentSha256: 'b41e'.repeat(16),
      steps: [{ name: 'On call', reviewers: ['group platform-oncall'], approvals: 1, given: 0 }],
      step: 0,
      reviews: [],
      isBreakGlass: false,
      may: { review: false, cancel: false, followUp: false },
      ...overrides,
    }) as MockWorld['requests'][number];
  const grants = [
    aGrant('debug', onCluster('staging', 'checkout'), 'Heap dump of cart-api', -54 * MINUTE, 6 * MINUTE + 30_000),
    aGrant(
      'edit',
      onCluster('prod-eu', 'payments', 'payments-jobs'),
      'INC-4821 Payout worker stuck',
      -42 * MINUTE,
      78 * MINUTE + 30_000,
    ),
    aGrant('logs', onCluster('prod-us'), 'Follow-up to INC-4821', -22 * MINUTE, 218 * MINUTE + 30_000),
    aGrant('db-migrate', onCluster('prod-eu', 'ledger'), 'CHG-1190 Add settlement index', 7 * HOUR + MINUTE, 8 * HOUR),
    aGrant(
      'exec',
      onCluster('prod-eu', 'tracking'),
      'Queue depth of the consumer',
      -3 * DAY,
      -3 * DAY + HOUR,
      'wim@halden.test',
    ),
    aGrant(
      'exec',
      onCluster('prod-eu', 'tracking'),
      'Lag metric is flat',
      -9 * DAY,
      -9 * DAY + 30 * MINUTE,
      'hana@halden.test',
    ),
    aGrant(
      'edit',
      onCluster('prod-eu', 'payments'),
      'Roll back the payout worker',
      -15 * MINUTE,
      45 * MINUTE,
      'ines@halden.test',
    ),
  ];
  const mine = grants.filter(({ user, state }) => user === READER && (state === 'active' || state === 'scheduled'));
  const aCluster = (
    name: string,
    project: string,
    status: 'connected' | 'unhealthy' | 'disconnected' | 'pending',
    agents: number,
    version: string,
    labels: Record<string, string>,
    roles: string[],
    reason?: string,
  ) =>
    aResource(
      'Cluster' as const,
      createId('cluster'),
      name,
      { project },
      {
        roles,
        health: {
          status,
          connectedAgents: agents,
          changedAt: at(-2 * DAY),
          kubernetesVersion: version,
          nodeCount: 6,
          readyNodeCount: status === 'unhealthy' ? 4 : 6,
          namespaceCount: 11,
          observedAt: at(-MINUTE),
          ...(reason !== undefined && { reason }),
        },
        kubeUrl: `https://sallyport.example.com/k/halden/${name}`,
      },
      labels,
      at(-90 * DAY),
    );
  const aRole = (name: string, description: string, clusterRole: string) =>
    aResource(
      'Role' as const,
      createId('role'),
      name,
      { description, kubernetes: { clusterRoles: [clusterRole] } },
      { isBuiltIn: clusterRole === 'view', bindingCount: 2 },
    );
  const requestableOf = (
    role: string,
    description: string,
    approvals: number,
    mayAutoApprove: boolean,
    maxDuration: string,
  ) => ({
    role,
    policy: approvals > 1 ? 'four-eyes' : 'on-call',
    description,
    scope: { kind: 'organization' as const },
    maxDuration,
    maxTotalDuration: maxDuration,
    approvals,
    mayAutoApprove,
    ...(role === 'admin' && { ticketPattern: 'INC-[0-9]+', breakGlass: { maxDuration: '1h' } }),
  });
  return {
    now,
    me: {
      principal: {
        id: readerId,
        kind: 'user',
        issuer: 'https://sso.halden.test',
        subjectClaim: 'mira',
        userName: READER,
        displayName: 'Mira Aldous',
        email: READER,
        groups: ['platform-oncall'],
      },
      organization: { id: createId('organization'), name: 'halden' },
      loginSession: { id: createId('loginSession'), createdAt: at(-3 * HOUR), expiresAt: at(9 * HOUR) },
      permissions: [...PLATFORM_PERMISSIONS],
      permissionsAnywhere: [...PLATFORM_PERMISSIONS],
      grants: mine.map(({ id, role, scope, startsAt, endsAt }) => ({ id, role, scope, startsAt, endsAt })),
      pendingReviews: 2,
    },
    organizations: [
      aResource(
        'Organization' as const,
        createId('organization'),
        'halden',
        { displayName: 'Halden Freight' },
        { userCount: 6, clusterCount: 6 },
      ),
      aResource(
        'Organization' as const,
        createId('organization'),
        'harbour',
        { displayName: 'Harbour Partners' },
        { userCount: 0, clusterCount: 0 },
      ),
    ],
    projects: [
      aResource('Project' as const, createId('project'), 'default', {}, { clusterCount: 4, sharedClusterCount: 0 }),
      aResource(
        'Project' as const,
        createId('project'),
        'freight',
        { description: 'Tracking and customs' },
        { clusterCount: 2, sharedClusterCount: 1 },
      ),
    ],
    clusters: [
      aCluster('prod-eu', 'freight', 'connected', 2, 'v1.34.2', { env: 'prod', region: 'eu-central-1' }, [
        'view',
        'edit',
      ]),
      aCluster('prod-us', 'default', 'connected', 2, 'v1.34.2', { env: 'prod', region: 'us-east-1' }, ['view', 'logs']),
      aCluster('staging', 'default', 'connected', 1, 'v1.35.0', { env: 'staging' }, ['edit', 'debug']),
      aCluster(
        'edge-rotterdam',
        'freight',
        'unhealthy',
        1,
        'v1.33.7',
        { env: 'edge' },
        ['view'],
        'the API server answered nothing for 4 min',
      ),
      aCluster('sandbox', 'default', 'connected', 1, 'v1.36.0', { env: 'dev' }, ['admin']),
      aCluster(
        'ml-batch',
        'default',
        'disconnected',
        0,
        'v1.32.9',
        { env: 'prod', tier: 'batch' },
        ['view'],
        'no agent has been connected since Mon 2 Nov',
      ),
    ],
    users: PEOPLE.map(([name, displayName]) =>
      aResource(
        'User' as const,
        createId('principal'),
        name,
        { displayName, email: name, identityProvider: 'sso' },
        {
          issuer: 'https://sso.halden.test',
          groups: ['staff'],
          localGroups: [],
          loginSessionCount: 1,
          lastLoginAt: at(-2 * HOUR),
        },
      ),
    ),
    groups: [
      aResource(
        'Group' as const,
        createId('group'),
        'platform-oncall',
        { users: [READER, 'hana@halden.test'] },
        { memberCount: 2 },
      ),
    ],
    roles: [
      aRole('view', 'Read everything but secrets', 'view'),
      aRole('edit', 'Change workloads, restart, scale; read logs', 'edit'),
      aRole('exec', 'Open a shell in pods, copy files, forward ports', 'sallyport-exec'),
      aRole('admin', 'Everything in the namespace, with bindings', 'admin'),
    ],
    bindings: [
      aResource(
        'Binding' as const,
        createId('binding'),
        'viewers',
        {
          role: 'view',
          subjects: [{ kind: 'Group', name: 'staff', identityProvider: 'sso' }],
          scope: { kind: 'organization' },
        },
        {},
      ),
    ],
    requestPolicies: [],
    requestable: [
      requestableOf('logs', 'Follow logs of pods', 1, true, '4h'),
      requestableOf('edit', 'Change workloads, restart, scale; read logs', 1, false, '8h'),
      requestableOf('exec', 'Open a shell in pods, copy files, forward ports', 1, false, '2h'),
      requestableOf('admin', 'Everything in the namespace, with bindings', 2, false, '2h'),
    ],
    requests: [
      aRequest({
        requester: 'tomas@halden.test',
        reason:
          'Customs feed is 40 minutes behind and the lag metric is flat. I need to look at the consumer’s queue from inside the pod, no changes planned.',
        ticket: 'INC-4833',
        may: { review: true, cancel: false, followUp: false },
      }),
      aRequest({
        requester: 'priya@halden.test',
        role: 'edit',
        scope: {
          kind: 'clusterSelector',
          selector: { matchLabels: { env: 'staging' } },
          namespaces: { names: ['checkout'] },
        },
        duration: '4h',
        reason: 'Load test of the new cart before Thursday.',
        createdAt: at(-22 * MINUTE),
        may: { review: true, cancel: false, followUp: false },
      }),
      aRequest({
        role: 'admin',
        scope: onCluster('ml-batch', 'forecast'),
        duration: '30m',
        policy: 'four-eyes',
        createdAt: at(-9 * MINUTE),
        steps: [{ name: 'Platform', reviewers: ['group platform-oncall'], approvals: 2, given: 1 }],
        may: { review: false, cancel: true, followUp: false },
      }),
      aRequest({
        state: 'denied',
        role: 'edit',
        scope: onCluster('prod-us', 'ledger'),
        duration: '2h',
        createdAt: at(-4 * HOUR),
        resolvedAt: at(-3 * HOUR),
        resolvedBy: 'hana@halden.test',
        resolvedReason: 'Use the read replica; ask for view.',
      }),
      aRequest({
        state: 'approved',
        requester: 'ines@halden.test',
        role: 'admin',
        scope: onCluster('prod-eu'),
        duration: '30m',
        isBreakGlass: true,
        createdAt: at(-25 * MINUTE),
        resolvedAt: at(-25 * MINUTE),
        grant: { id: createId('grant'), state: 'active', startsAt: at(-25 * MINUTE), endsAt: at(5 * MINUTE) },
        followUp: { state: 'due', dueAt: at(DAY) },
        may: { review: false, cancel: false, followUp: true },
      }),
    ],
    grants,
    reviews: [
      {
        id: createId('accessReview'),
        name: '2026-q4',
        description: 'Who still needs what on production',
        state: 'open',
        scope: { kind: 'organization' },
        about: 'both',
        reviewers: 'permitted',
        createdAt: at(-6 * DAY),
        createdBy: 'hana@halden.test',
        dueAt: at(8 * DAY),
        onUnanswered: 'keep',
        items: { pending: 2, attested: 1, removed: 0, skipped: 0 },
        may: { remind: true, close: true },
      },
    ],
    reviewItems: (['viewers', 'ops-edit', 'ci-deploy'] as const).map((binding, index) => ({
      id: createId('accessReviewItem'),
      kind: 'binding',
      binding,
      subject: { kind: 'User', name: PEOPLE[index + 1]?.[0] ?? READER },
      role: ['view', 'edit', 'admin'][index] ?? 'view',
      scope: onCluster('prod-eu'),
      state: index === 2 ? 'attested' : 'pending',
      ...(index === 2 && { answeredAt: at(-DAY), answeredBy: READER }),
      may: { answer: index < 2 },
    })),
    sessions: mockSessions(now, readerId),
    agents: {},
    joinTokens: {},
    kubectlCommands: [],
    loginSessions: [
      {
        id: createId('loginSession'),
        user: READER,
        method: 'oidc',
        identityProvider: 'sso',
        createdAt: at(-3 * HOUR),
        expiresAt: at(9 * HOUR),
        lastUsedAt: at(-MINUTE),
        sourceAddress: '10.4.1.22',
        userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/141.0',
        isCurrent: true,
      },
      {
        id: createId('loginSession'),
        user: READER,
        method: 'device',
        identityProvider: 'sso',
        createdAt: at(-5 * HOUR),
        expiresAt: at(7 * HOUR),
        lastUsedAt: at(-40 * MINUTE),
        sourceAddress: '10.4.1.40',
        userAgent: 'sallyport/0.1.0 linux',
        isCurrent: false,
      },
    ],
    credentials: [
      {
        id: createId('credential'),
        user: READER,
        cluster: 'prod-eu',
        kind: 'exec',
        createdAt: at(-20 * MINUTE),
        expiresAt: at(40 * MINUTE),
      },
    ],
    watchers: new Set(),
    factors: {
      hasPassword: true,
      mustChangePassword: false,
      hasTotp: true,
      recoveryCodesLeft: 8,
      passkeys: [
        {
          id: createId('passkey'),
          displayName: 'Laptop',
          isSynced: false,
          createdAt: at(-60 * DAY),
          lastUsedAt: at(-2 * DAY),
        },
      ],
    },
  };
}
