import { createId } from '@sallyport/core';
import { type AdminState, adminState } from './admin-state.ts';
import { collection, pageOf } from './collection.ts';
import { type MockHandlers, notFound } from './handlers.ts';
import type { MockWorld } from './world.ts';

type Listed =
  | 'serviceAccounts'
  | 'workloadIdentities'
  | 'identityProviders'
  | 'accessPolicies'
  | 'notificationChannels'
  | 'auditSinks';

function of<K extends Listed>(kind: string, key: K) {
  return collection<AdminState[K][number], MockWorld>(
    kind,
    (world) => adminState(world)[key],
    (world, items) => {
      adminState(world)[key] = items as AdminState[K];
    },
  );
}

const accounts = of('service account', 'serviceAccounts');
const workloads = of('workload identity', 'workloadIdentities');
const providers = of('identity provider', 'identityProviders');
const policies = of('access policy', 'accessPolicies');
const channels = of('notification channel', 'notificationChannels');
const sinks = of('audit sink', 'auditSinks');

const aLink = (world: MockWorld) => ({
  link: 'https://sallyport.example.com/invitation#of-the-mock',
  expiresAt: new Date(world.now.getTime() + 7 * 86_400_000),
});

/** Who signs in, what with, where what is sent, and how long it is kept. */
export const adminHandlers: MockHandlers<
  | 'listServiceAccounts'
  | 'getServiceAccount'
  | 'updateServiceAccount'
  | 'deleteServiceAccount'
  | 'listApiKeys'
  | 'createApiKey'
  | 'revokeApiKey'
  | 'listWorkloadIdentities'
  | 'getWorkloadIdentity'
  | 'listIdentityProviders'
  | 'getIdentityProvider'
  | 'testIdentityProvider'
  | 'dryRunIdentityProvider'
  | 'issueScimToken'
  | 'listAccessPolicies'
  | 'getAccessPolicy'
  | 'listNotificationChannels'
  | 'getNotificationChannel'
  | 'testNotificationChannel'
  | 'listNotificationDeliveries'
  | 'redeliverNotification'
  | 'listAuditSinks'
  | 'getAuditSink'
  | 'testAuditSink'
  | 'listKeys'
  | 'rotateKeys'
  | 'getAuditRetention'
  | 'setAuditRetention'
  | 'listLegalHolds'
  | 'createLegalHold'
  | 'releaseLegalHold'
  | 'compareRecordedAccess'
  | 'suggestRole'
  | 'getUserFactors'
  | 'inviteUser'
  | 'resetUser'
  | 'demandPasswordChange'
  | 'endLoginSessionsOfUser'
  | 'revokeCredentialsOfUser'
> = {
  listServiceAccounts: accounts.list,
  getServiceAccount: accounts.get,
  updateServiceAccount: accounts.update,
  deleteServiceAccount: accounts.remove,
  listApiKeys: ({ input: { name }, world }) => ({
    items: adminState(world).apiKeys.filter(({ serviceAccount }) => serviceAccount === name),
  }),
  createApiKey: ({ input: { name, body }, world }) => {
    const state = adminState(world);
    const apiKey = {
      id: createId('apiKey'),
      name: body.name,
      serviceAccount: name,
      createdAt: world.now,
      createdBy: world.me.principal.userName,
      expiresAt: new Date(world.now.getTime() + 90 * 86_400_000),
    };
    state.apiKeys = [...state.apiKeys, apiKey];
    return { apiKey, secret: 'spk_of-the-mock' };
  },
  revokeApiKey: ({ input: { id }, world }) => {
    const state = adminState(world);
    state.apiKeys = state.apiKeys.filter((key) => key.id !== id);
    return undefined;
  },
  listWorkloadIdentities: workloads.list,
  getWorkloadIdentity: workloads.get,
  listIdentityProviders: providers.list,
  getIdentityProvider: providers.get,
  testIdentityProvider: () => ({
    isUsable: true,
    checks: [
      { name: 'discovery', outcome: 'ok', message: 'the provider describes itself' },
      { name: 'logout', outcome: 'warning', message: 'the provider announces no back-channel logout' },
    ],
  }),
  dryRunIdentityProvider: () => ({
    isAccepted: false,
    fields: [
      { field: 'userName', source: 'email', value: 'ada@halden.test' },
      { field: 'groups', source: 'groups', problem: 'the claim is missing' },
    ],
    notes: ['the token expired an hour ago'],
  }),
  issueScimToken: ({ world }) => ({
    token: 'scim_of-the-mock',
    issuedAt: world.now,
    earlierEndAt: world.now,
    url: 'https://sallyport.example.com/scim/sso',
  }),
  listAccessPolicies: policies.list,
  getAccessPolicy: policies.get,
  listNotificationChannels: channels.list,
  getNotificationChannel: channels.get,
  testNotificationChannel: () => ({ isDelivered: false, error: 'the receiver answered 500' }),
  listNotificationDeliveries: ({ input, world }) => pageOf(adminState(world).deliveries, input),
  redeliverNotification: ({ input: { id }, world }) => {
    const state = adminState(world);
    const before = state.deliveries.find((delivery) => delivery.id === id);
    if (before === undefined) throw notFound('delivery');
    const after = { ...before, state: 'pending' as const };
    state.deliveries = state.deliveries.map((delivery) => (delivery === before ? after : delivery));
    return after;
  },
  listAuditSinks: sinks.list,
  getAuditSink: sinks.get,
  testAuditSink: () => ({ isDelivered: true }),
  listKeys: ({ world }) => ({ items: adminState(world).keys }),
  rotateKeys: ({ input: { purpose }, world }) => {
    const state = adminState(world);
    const current = state.keys.find((key) => key.purpose === purpose);
    if (current === undefined) throw notFound('key');
    state.keys = [...state.keys, { ...current, keyId: `${current.keyId}-next`, phase: 'next' }];
    return { items: state.keys };
  },
  getAuditRetention: ({ world }) => adminState(world).retention,
  setAuditRetention: ({ input: { body }, world }) => {
    const state = adminState(world);
    const { effective } = state.retention.status;
    state.retention = {
      metadata: { resourceVersion: '2', updatedAt: world.now },
      spec: body,
      status: {
        effective: Object.assign(
          {},
          effective,
          ...Object.entries(body).map(([name, kept]) => kept && { [name]: kept }),
        ),
      },
    };
    return state.retention;
  },
  listLegalHolds: ({ world }) => ({ items: adminState(world).holds }),
  createLegalHold: ({ input: { body }, world }) => {
    const state = adminState(world);
    const { principal, cluster } = body.selection ?? {};
    const hold = {
      id: createId('legalHold'),
      name: body.name,
      reason: body.reason,
      selection: { ...(principal !== undefined && { principal }), ...(cluster !== undefined && { cluster }) },
      createdBy: world.me.principal.userName,
      createdAt: world.now,
    };
    state.holds = [hold, ...state.holds];
    return hold;
  },
  releaseLegalHold: ({ input: { name, body }, world }) => {
    const state = adminState(world);
    const before = state.holds.find((hold) => hold.name === name);
    if (before === undefined) throw notFound('legal hold');
    const after = { ...before, released: { at: world.now, by: world.me.principal.userName, reason: body.reason } };
    state.holds = state.holds.map((hold) => (hold === before ? after : hold));
    return after;
  },
  compareRecordedAccess: ({ world }) => ({
    replayed: 18_406,
    skipped: 0,
    isComplete: true,
    gained: [
      {
        user: 'wim@halden.test',
        cluster: 'prod-eu',
        action: 'delete pods in payments',
        count: 19,
        lastAt: world.now,
        before: 'deny',
        after: 'allow',
        reason: 'role edit',
      },
    ],
    lost: [
      {
        user: 'serviceaccount:release-bot',
        cluster: 'prod-eu',
        action: 'deletecollection jobs in payments',
        count: 3,
        lastAt: world.now,
        before: 'allow',
        after: 'deny',
        reason: 'no rule covers it',
      },
    ],
  }),
  suggestRole: ({ input: { body }, world }) => {
    const isKnown = 'user' in body.as && body.as.user === 'wim@halden.test';
    const rules = [
      { verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['pods', 'pods/log'], namespaces: ['payments'] },
      { verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['payments'] },
    ];
    return {
      role: {
        apiVersion: 'sallyport.dev/v1',
        kind: 'Role',
        metadata: { name: 'suggested' },
        spec: { kubernetes: { groups: isKnown ? ['sallyport:edit'] : [], rules: isKnown ? rules : [] } },
      },
      observed: isKnown ? 1_218 : 0,
      uses: isKnown
        ? [
            { count: 1_206, lastAt: world.now },
            { count: 12, lastAt: new Date(world.now.getTime() - 5 * 86_400_000) },
          ]
        : [],
      isComplete: true,
      notes: isKnown ? [] : ['nothing was done in that time, so there is nothing to allow'],
    };
  },
  getUserFactors: ({ world }) => world.factors,
  inviteUser: ({ world }) => aLink(world),
  resetUser: ({ world }) => ({ ...aLink(world), endedCount: 1 }),
  demandPasswordChange: () => undefined,
  endLoginSessionsOfUser: () => ({ endedCount: 2 }),
  revokeCredentialsOfUser: () => ({ endedCount: 1 }),
};
