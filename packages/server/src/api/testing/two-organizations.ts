import { randomBytes } from 'node:crypto';
import type { AccessRequest } from '@sallyport/authz';
import { createId } from '@sallyport/core';
import {
  API_VERSION,
  type ApiClient,
  createDpopProof,
  type KindName,
  kinds,
  type Operation,
  operations,
} from '@sallyport/core/api';
import { signIn } from '@sallyport/core/testing';
import { beginLogin, type CommandLine, discover, finishLogin } from '../../authn/testing/command-line.ts';
import { type Installation, startInstallation } from '../../authn/testing/installation.ts';
import { startScriptedProvider } from '../../authn/testing/scripted-provider.ts';
import type { Organization } from '../../stores/contracts.ts';
import { putBinding } from '../../testing/writes.ts';
import { INNER_KINDS, type InnerKind, nameIn, sampleDocument } from './sample-documents.ts';

/** Family that each organization has one of each kind of. */
export const TWIN = 'twin';
/** Family that only the other organization has. */
export const THEIRS = 'theirs';
/** An answer, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Two organizations on one server, with the same names inside, seen by the owner of one of them. */
export interface TwoOrganizations {
  readonly installation: Installation;
  /** Stands in the records of the other organization and nowhere else. */
  readonly secret: string;
  /** Ids of everything that the other organization has, by what they are ids of. */
  readonly foreignIds: ReadonlyMap<string, readonly string[]>;
  /** Sends a request as the owner of the own organization. */
  send(request: {
    readonly method: string;
    readonly path: string;
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
  }): Promise<Answer>;
  /** Everything that the server keeps of the other organization, its audit events included, as text. */
  stateOfOther(): Promise<string>;
  /** Whether a record of the own organization refers to something of the other one. */
  refersToOther(): boolean;
  /** Puts the own organization back as it was made. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

const CLIENT_ID = 'sallyport-at-idp';

/** Starts the server and fills both organizations, each by its own owner over the API. */
export async function startTwoOrganizations(): Promise<TwoOrganizations> {
  const provider = await startScriptedProvider(CLIENT_ID);
  provider.script = { claims: { preferred_username: 'owner', groups: ['owners'] } };
  const installation = await startInstallation({
    identityProvider: { issuer: provider.issuer, clientId: CLIENT_ID, userNameClaim: 'preferred_username' },
  });
  const { organization, otherOrganization, store, snapshots, publicUrl } = installation;
  const secret = `secret-${randomBytes(9).toString('hex')}`;
  await letOwnersIn(installation);
  const own = await logIn(installation, organization);
  const other = await logIn(installation, otherOrganization);
  await fill(installation, own.api, organization.name, [TWIN], 'ours');
  await fill(installation, other.api, otherOrganization.name, [TWIN, THEIRS], secret);
  await snapshots.refresh();
  const foreignIds = await idsOf(installation, other.api, otherOrganization);
  // The other owner's last use of a login session would otherwise be written down in the middle of everything.
  await installation.authn.activity.flush();
  const allForeign = [...foreignIds.values()].flat();
  const seeded = await namesOf(own.api, organization.name);

  const send: TwoOrganizations['send'] = async ({ method, path, body, headers = {} }) => {
    const url = publicUrl + path;
    const { accessToken } = own.tokens;
    const answer = await installation.fetch(url, {
      method,
      headers: {
        authorization: `DPoP ${accessToken}`,
        dpop: await createDpopProof({ keys: own.keys, method, url: url.split('?')[0] ?? url, accessToken }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'manual',
    });
    return { status: answer.status, text: await answer.text() };
  };
  const mustSucceed = async (request: Parameters<typeof send>[0]) => {
    const { status, text } = await send(request);
    if (status >= 300) throw new Error(`${request.method} ${request.path} came to ${status}: ${text}`);
  };
  const at = (kind: InnerKind, name: string) =>
    `/api/v1/organizations/${organization.name}/${kinds[kind].collection}/${encodeURIComponent(name)}`;

  async function restore(): Promise<void> {
    const now = await namesOf(own.api, organization.name);
    for (const kind of [...INNER_KINDS].reverse()) {
      const missing = [...(seeded.get(kind) ?? [])].filter((name) => !now.get(kind)?.has(name));
      for (const name of now.get(kind) ?? []) {
        if (seeded.get(kind)?.has(name)) continue;
        // What has another name now is called back, since others may refer to it.
        const isRenamed = missing.pop() !== undefined;
        const body = sampleDocument(kind, TWIN, 'ours');
        await mustSucceed(
          isRenamed ? { method: 'PUT', path: at(kind, name), body } : { method: 'DELETE', path: at(kind, name) },
        );
      }
    }
    const resources = INNER_KINDS.map((kind) => sampleDocument(kind, TWIN, 'ours'));
    const { text } = await send({
      method: 'POST',
      path: `/api/v1/organizations/${organization.name}/apply`,
      body: { resources },
    });
    if (!text.includes('"isApplied":true')) throw new Error(`what was there can not be put back: ${text}`);
    await mustSucceed({
      method: 'PUT',
      path: `/api/v1/organizations/${organization.name}`,
      body: { apiVersion: API_VERSION, kind: 'Organization', metadata: { name: organization.name }, spec: {} },
    });
  }

  return {
    installation,
    secret,
    foreignIds,
    send,
    restore,
    async stateOfOther() {
      const { records } = await store.changes.read();
      const ofOther = Object.entries(records).map(([topic, all]) => [
        topic,
        (all as readonly object[])
          .map((record) => JSON.stringify(record))
          .filter((text) => namesAny(text, allForeign))
          .sort(),
      ]);
      const clusters = snapshots.current().list('Cluster', otherOrganization.id);
      const ofClusters = await Promise.all(
        clusters.map(async ({ id }) => [id, await store.clusters.joinTokens(id), await store.clusters.agents(id)]),
      );
      const page = { at: new Date(0), limit: 1_000 };
      const credentials = await store.credentials.list({ organizationId: otherOrganization.id }, page);
      const requests = await store.access.listRequests({ organizationId: otherOrganization.id }, page);
      const grants = await store.access.listGrants({ organizationId: otherOrganization.id }, page);
      const reviews = await store.accessReviews.list({ organizationId: otherOrganization.id }, page);
      const items = await Promise.all(
        reviews.items.map(({ id }) => store.accessReviews.listItems({ reviewId: id }, page)),
      );
      const events = await store.listAudit({ organizationId: otherOrganization.id, limit: 10_000 });
      return JSON.stringify([ofOther, ofClusters, credentials, requests, grants, reviews, items, events], undefined, 1);
    },
    refersToOther() {
      const snapshot = snapshots.current();
      return INNER_RECORDS.some((kind) =>
        snapshot.list(kind, organization.id).some((record) => namesAny(JSON.stringify(record), allForeign)),
      );
    },
    async close() {
      await installation.close();
      await provider.close();
    },
  };
}

const INNER_RECORDS = [
  'Project',
  'Cluster',
  'IdentityProvider',
  'Principal',
  'Group',
  'Role',
  'Binding',
  'AccessPolicy',
  'RequestPolicy',
  'NotificationChannel',
  'AuditSink',
] as const;

function namesAny(text: string, ids: readonly string[]): boolean {
  return ids.some((id) => text.includes(id));
}

/** Gives the other organization an identity provider of the same name and issuer, and the same group of owners. */
async function letOwnersIn({ store, snapshots, provider, otherOrganization }: Installation): Promise<void> {
  const record = snapshots.current().identityProviders.get(provider.id);
  const role = snapshots.current().find('Role', 'owner', otherOrganization.id);
  if (record === undefined || role === undefined) throw new Error('the installation is not complete');
  await store.transact(async (tx) => {
    const id = createId('identityProvider');
    await tx.put('IdentityProvider', { ...record, id, organizationId: otherOrganization.id });
    await putBinding(tx, {
      id: createId('binding'),
      organizationId: otherOrganization.id,
      roleId: role.id,
      subjects: [{ kind: 'group', issuer: record.issuer, name: 'owners' }],
      scope: { kind: 'organization' },
    });
  });
  await snapshots.refresh();
}

async function logIn(installation: Installation, organization: Organization): Promise<CommandLine> {
  const configuration = await discover(installation);
  const login = await beginLogin(configuration, installation.publicUrl);
  const redirect = await signIn({
    authorizationUrl: login.authorizationUrl,
    user: '',
    password: '',
    provider: `${organization.name}/${installation.provider.name}`,
    fetch: installation.fetch,
  });
  return finishLogin(installation, configuration, login, redirect);
}

async function fill(
  installation: Installation,
  api: ApiClient,
  organization: string,
  families: readonly string[],
  text: string,
): Promise<void> {
  const { store, snapshots } = installation;
  const resources = families.flatMap((family) => INNER_KINDS.map((kind) => sampleDocument(kind, family, text)));
  const report = await api.applyResources({ organization, body: { resources } });
  if (!report.isApplied) throw new Error(`not filled: ${JSON.stringify(report.results)}`);
  for (const name of families) {
    await api.createApiKey({ organization, name, body: { name: 'key' } }, { idempotencyKey: SHARED_KEY + name });
    await api.issueJoinToken({ organization, name, body: {} });
    await api.mintKubeCredential({ organization, name });
    await api.inviteUser({ organization, name: `${name}@example.com`, body: {} });
    const scope = { kind: 'clusters' as const, clusters: [name] };
    const terms = { role: name, scope, duration: '1h', reason: text };
    await api.createGrant({ organization, body: { ...terms, user: nameIn(name, 'User') } });
    await putRequest(installation, organization, name, text);
    await api.createAccessReview({ organization, body: { name, description: text, scope, duration: '30d' } });
    const clusterId = snapshots.current().findCluster(organization, name)?.id;
    if (clusterId === undefined) throw new Error(`there is no cluster ${name}`);
    await store.transact((tx) =>
      tx.putAgentCertificate({
        id: createId('agent'),
        clusterId,
        serial: randomBytes(8).toString('hex'),
        notAfter: new Date(Date.now() + 86_400_000),
      }),
    );
  }
}

/** A pending access request of the person of a family, under the request policy of that family. */
async function putRequest({ store, snapshots }: Installation, organization: string, family: string, reason: string) {
  const snapshot = snapshots.current();
  const clusterId = snapshot.findCluster(organization, family)?.id;
  const organizationId = snapshot.find('Organization', organization)?.id;
  if (clusterId === undefined || organizationId === undefined) throw new Error(`there is no cluster ${family}`);
  const requester = snapshot.find('Principal', nameIn(family, 'User'), organizationId);
  const role = snapshot.find('Role', family, organizationId);
  const policy = snapshot.find('RequestPolicy', family, organizationId);
  if (requester === undefined || role === undefined || policy === undefined) throw new Error(`${family} is not filled`);
  const now = Date.now();
  const request: AccessRequest = {
    id: createId('accessRequest'),
    organizationId,
    requesterId: requester.id,
    roleId: role.id,
    policyId: policy.id,
    scope: { kind: 'clusters', clusterIds: [clusterId] },
    durationMs: 3_600_000,
    reason,
    suggestedReviewerIds: [],
    isBreakGlass: false,
    createdAt: new Date(now),
    pendingUntil: new Date(now + 86_400_000),
    state: 'pending',
    reviews: [],
  };
  const names = { requester: requester.userName, role: role.name, policy: policy.name };
  await store.transact((tx) => tx.access.insertRequest(request, names));
}

/** Idempotency keys that both owners use begin with this. */
export const SHARED_KEY = 'made-by-';

/** The operation that lists a kind of an organization. */
function listPath(kind: KindName): string {
  return `/organizations/{organization}/${kinds[kind].collection}`;
}

async function listOf(api: ApiClient, organization: string, kind: InnerKind) {
  const found = Object.entries<Operation>(operations).find(
    ([, { method, path }]) => method === 'GET' && path === listPath(kind),
  );
  if (found === undefined) throw new Error(`${kind} can not be listed`);
  const list = api[found[0] as 'listProjects'];
  return (await list({ organization, limit: 500 })).items;
}

async function namesOf(api: ApiClient, organization: string): Promise<ReadonlyMap<KindName, ReadonlySet<string>>> {
  const names = await Promise.all(
    INNER_KINDS.map(async (kind): Promise<[KindName, Set<string>]> => {
      const items = await listOf(api, organization, kind);
      return [kind, new Set(items.map(({ metadata }) => metadata.name))];
    }),
  );
  return new Map(names);
}

async function idsOf(
  { store }: Installation,
  api: ApiClient,
  { id: organizationId, name: organization }: Organization,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const ids = new Map<string, readonly string[]>([['Organization', [organizationId]]]);
  for (const kind of INNER_KINDS) {
    ids.set(
      kind,
      (await listOf(api, organization, kind)).map(({ metadata }) => metadata.id),
    );
  }
  const families = [TWIN, THEIRS];
  const perFamily = async (list: (name: string) => Promise<{ readonly items: readonly { readonly id: string }[] }>) =>
    (await Promise.all(families.map(list))).flatMap(({ items }) => items.map(({ id }) => id));
  ids.set('api-keys', await perFamily((name) => api.listApiKeys({ organization, name })));
  ids.set('join-tokens', await perFamily((name) => api.listJoinTokens({ organization, name })));
  ids.set('agents', await perFamily((name) => api.listAgents({ organization, name })));
  const { items: credentials } = await api.listCredentials({ organization });
  ids.set(
    'credentials',
    credentials.map(({ id }) => id),
  );
  ids.set(
    'access-requests',
    (await api.listAccessRequests({ organization })).items.map(({ id }) => id),
  );
  ids.set(
    'grants',
    (await api.listGrants({ organization })).items.map(({ id }) => id),
  );
  const { items: reviews } = await api.listAccessReviews({ organization });
  ids.set(
    'access-reviews',
    reviews.map(({ id }) => id),
  );
  const asked = await Promise.all(reviews.map(({ id }) => api.listAccessReviewItems({ organization, id })));
  ids.set(
    'items',
    asked.flatMap(({ items }) => items.map(({ id }) => id)),
  );
  const { items: sessions } = await api.listLoginSessions({ organization });
  ids.set(
    'login-sessions',
    sessions.map(({ id }) => id),
  );
  const events = await store.listAudit({ organizationId, limit: 1_000 });
  ids.set(
    'audit-events',
    events.map(({ id }) => id),
  );
  return ids;
}
