import type { OperationOutput } from '@sallyport/core/api';
import { idOf } from './mock-id.ts';
import { aResource, type MockWorld } from './world.ts';

/** What pages of administration are about, beside the world that all pages share. */
export interface AdminState {
  serviceAccounts: OperationOutput<'getServiceAccount'>[];
  apiKeys: OperationOutput<'listApiKeys'>['items'];
  workloadIdentities: OperationOutput<'getWorkloadIdentity'>[];
  identityProviders: OperationOutput<'getIdentityProvider'>[];
  accessPolicies: OperationOutput<'getAccessPolicy'>[];
  notificationChannels: OperationOutput<'getNotificationChannel'>[];
  deliveries: OperationOutput<'listNotificationDeliveries'>['items'];
  auditSinks: OperationOutput<'getAuditSink'>[];
  keys: OperationOutput<'listKeys'>['items'];
  retention: OperationOutput<'getAuditRetention'>;
  holds: OperationOutput<'listLegalHolds'>['items'];
}

const DAY = 86_400_000;
const states = new WeakMap<MockWorld, AdminState>();

/** The state of a world; made when it is first asked for. */
export function adminState(world: MockWorld): AdminState {
  const known = states.get(world) ?? createState(world.now);
  states.set(world, known);
  return known;
}

function createState(now: Date): AdminState {
  const at = (days: number) => new Date(now.getTime() + days * DAY);
  return {
    serviceAccounts: [
      aResource(
        'ServiceAccount',
        idOf('prn', 30) as never,
        'release-bot',
        { description: 'Deploys from CI' },
        { apiKeyCount: 1, localGroups: [] },
      ),
      aResource(
        'ServiceAccount',
        idOf('prn', 31) as never,
        'auditor',
        { disabled: true },
        { apiKeyCount: 0, localGroups: [] },
      ),
    ],
    apiKeys: [
      {
        id: idOf('key', 1) as never,
        name: 'ci',
        serviceAccount: 'release-bot',
        createdAt: at(-20),
        createdBy: 'hana@halden.test',
        expiresAt: at(70),
        lastUsedAt: at(-0.01),
      },
    ],
    workloadIdentities: [
      aResource(
        'WorkloadIdentity',
        idOf('prn', 40) as never,
        'github-payments',
        {
          issuer: 'https://token.actions.githubusercontent.com',
          audiences: ['sallyport'],
          condition: 'claims.repository == "halden/payments"',
        },
        { localGroups: [] },
      ),
    ],
    identityProviders: [
      aResource(
        'IdentityProvider',
        idOf('idp', 1) as never,
        'sso',
        { displayName: 'Halden SSO', oidc: { issuer: 'https://sso.halden.test', clientId: 'sallyport' } },
        {
          issuer: 'https://sso.halden.test',
          hasClientSecret: true,
          callbackUrl: 'https://sallyport.example.com/login/sso/callback',
          userCount: 6,
          isFromConfiguration: false,
          scim: { url: 'https://sallyport.example.com/scim/sso' },
        },
      ),
    ],
    accessPolicies: [
      aResource(
        'AccessPolicy',
        idOf('pol', 1) as never,
        'guardrails',
        {
          description: 'Nobody deletes namespaces; terminals on production are recorded',
          subjects: 'everyone',
          scope: { kind: 'organization' },
          deny: [
            {
              rules: [{ verbs: ['delete'], apiGroups: [''], resources: ['namespaces'] }],
              message: 'Namespaces are removed by the platform team.',
            },
          ],
        },
        {},
      ),
    ],
    notificationChannels: [
      aResource(
        'NotificationChannel',
        idOf('nch', 1) as never,
        'on-call',
        { events: ['accessRequest.created'], webhook: { url: 'https://hooks.halden.test/sallyport' } },
        { pendingCount: 0, deadCount: 1, lastError: 'the receiver answered 500', secrets: ['secret'] },
      ),
    ],
    deliveries: [
      {
        id: idOf('ntf', 1) as never,
        event: 'accessRequest.created',
        subject: idOf('req', 1),
        state: 'dead',
        tries: 12,
        createdAt: at(-1),
        error: 'the receiver answered 500',
      },
    ],
    auditSinks: [
      aResource(
        'AuditSink',
        idOf('snk', 1) as never,
        'siem',
        { delivery: 'required', webhook: { url: 'https://siem.halden.test/ingest' } },
        { state: 'delivering', eventsBehind: 3, secrets: ['secret'] },
      ),
    ],
    keys: [
      {
        purpose: 'kubeCredential',
        keyId: 'kc-2026-11',
        phase: 'current',
        createdAt: at(-30),
        signsFrom: at(-29),
        rotatesAt: at(61),
      },
      { purpose: 'auditCheckpoint', keyId: 'ck-2026-11', phase: 'current', createdAt: at(-30), signsFrom: at(-29) },
    ],
    retention: {
      metadata: { resourceVersion: '1' },
      spec: { proxy: '365d' },
      status: {
        effective: {
          ...{ proxy: '365d', login: '730d', session: '730d', identity: '730d', access: '730d', admin: '730d' },
          ...{ agent: '365d', notification: '90d', key: '730d', audit: '730d', recording: '365d', server: '90d' },
          recordings: '180d',
        },
      },
    },
    holds: [],
  };
}
