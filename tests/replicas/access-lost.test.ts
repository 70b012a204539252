import type { IssuedGrant } from '@sallyport/authz';
import { createId, type ProjectId } from '@sallyport/core';
import { ApiProblemError, type KindResource } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ScriptedProvider,
  startScriptedProvider,
} from '../../packages/server/src/authn/testing/scripted-provider.ts';
import type { Person } from '../stack/login.ts';
import { awaitCondition, lacks } from '../support/index.ts';
import { CLUSTER, ORGANIZATION, PREFIX, PROVIDER, type Replica, type Replicas, startReplicas } from './harness.ts';
import { createStreamOpener, type OpenStream } from './streams.ts';

const CLIENT_ID = 'sallyport-at-corporate';
const organization = ORGANIZATION;
/** What a role of people's own takes for a kube credential to be had. */
const MINTS: KindResource<'Role'>['spec']['permissions'] = ['clusters.read', 'credentials.create'];
/** Time enough to open a stream. */
const GRANTED_FOR_MS = 6_000;
const IN_GROUP = { refreshToken: 'refresh-1', claims: { groups: ['developers'] } };

/** Who has a stream, where it is, and where its basis is taken. */
interface Loss {
  readonly person: Person;
  readonly userName: string;
  /** Where the stream is. */
  readonly here: Replica;
  /** Where the basis is taken. */
  readonly at: Replica;
  /** Administers the organization, on the replica that the stream is not on. */
  readonly owner: Person['api'];
}

interface LossCase {
  readonly what: string;
  /** Kept by the provider that a test scripts, or by the development provider. Default: the latter. */
  readonly isOfProvider?: true;
  /** What the person needs besides the group, before the stream is opened. */
  prepare?(loss: Loss): Promise<unknown>;
  take(loss: Loss, watch: OpenStream): Promise<unknown>;
  /** Puts back what others need. */
  restore?(loss: Loss): Promise<unknown>;
  /** How the stream's end is explained. */
  readonly reason: RegExp;
  /** How a later request is refused. */
  readonly status: 401 | 403;
}

describe.skipIf(lacks('postgres'))('a stream on one replica, when its basis is taken on the other', () => {
  let provider: ScriptedProvider;
  let replicas: Replicas;
  let owner: Person;
  let developerCount = 0;
  const grants = new Map<string, IssuedGrant>();

  beforeAll(async () => {
    provider = await startScriptedProvider(CLIENT_ID);
    replicas = await startReplicas({
      developerCount: 2 * CASES.length,
      provider: { issuer: provider.issuer, clientId: CLIENT_ID },
    });
    replicas.upstream.answer = (call) =>
      void call.open(200, ['Content-Type', 'application/json']).write('{"type":"ADDED","object":{}}\n');
    for (const replica of [replicas.a, replicas.b]) await replicas.connectAgent(replica);
    owner = await replicas.logIn(replicas.a, 'owner');
  }, 60_000);
  afterAll(async () => {
    await replicas?.close();
    await provider?.close();
  }, 30_000);

  const aBinding = (name: string, userName: string, role: string) => ({
    apiVersion: 'sallyport.dev/v1' as const,
    kind: 'Binding' as const,
    metadata: { name },
    spec: {
      role,
      subjects: [{ kind: 'User' as const, name: userName }],
      scope: { kind: 'organization' as const },
    },
  });
  const disable = async (api: Person['api'], name: string) => {
    const { spec, metadata, ...user } = await api.getUser({ organization, name });
    const { apiVersion, kind } = user;
    const body = { apiVersion, kind, metadata: { name: metadata.name }, spec: { ...spec, disabled: true } };
    await api.updateUser({ organization, name, body });
  };
  /** Lets time pass since the provider was asked last: an answer of a moment ago is not asked for again. */
  async function forgetAnswer(person: Person): Promise<void> {
    const { id } = (await person.api.whoAmI()).loginSession;
    const tokens = await replicas.store.providerTokens.find(id);
    if (tokens === undefined) throw new Error('there are no provider tokens');
    const vouchedAt = new Date(tokens.vouchedAt.getTime() - 60_000);
    await replicas.store.transact((tx) => tx.putProviderTokens({ ...tokens, vouchedAt }));
  }
  async function logOutAtProvider({ at, userName }: Loss): Promise<void> {
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
    const token = provider.sign({ sub: userName, events }, { typ: 'logout+jwt' });
    const response = await at.fetch(
      `https://127.0.0.1:${at.port}/login/backchannel-logout/${organization}/${PROVIDER}`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ logout_token: token }).toString(),
      },
    );
    expect([response.status, await response.text()]).toEqual([200, '']);
  }

  /** Leaves a person nothing but what they are granted. */
  async function leaveGroup({ person, here, at }: Loss): Promise<void> {
    provider.script = { ...IN_GROUP, claims: { ...provider.script.claims, groups: [] } };
    await forgetAnswer(person);
    await person.refresh(at.fetch);
    // Else the stream could begin on what the group gave, and that would be what it lost.
    await awaitCondition(async () => (await here.api(person).whoAmI()).principal.groups.length === 0, {
      what: 'the replica of the stream knows of it',
      everyMs: 5,
    });
  }
  /** Grants a person a role, for so long. */
  async function grant(
    { person, userName }: Loss,
    forMs: number,
    roleName = 'developer',
    scope: IssuedGrant['scope'] = { kind: 'organization' },
  ): Promise<void> {
    const { principal, organization: of } = await person.api.whoAmI();
    const roles = await replicas.store.changes.read();
    const role = roles.records.roles?.find(({ name, organizationId }) => name === roleName && organizationId === of.id);
    if (role === undefined) throw new Error(`there is no role ${roleName}`);
    const now = Date.now();
    const given: IssuedGrant = {
      id: createId('grant'),
      organizationId: of.id,
      principalId: principal.id,
      roleId: role.id,
      scope,
      startsAt: new Date(now),
      endsAt: new Date(now + forMs),
      reason: 'to look into it',
      createdAt: new Date(now),
      isBreakGlass: false,
    };
    await replicas.store.transact((tx) => tx.access.insertGrant(given, { principal: userName, role: role.name }));
    grants.set(userName, given);
  }
  const granted = ({ userName }: Loss): IssuedGrant => {
    const found = grants.get(userName);
    if (found === undefined) throw new Error(`${userName} has no grant`);
    return found;
  };
  async function revoke(loss: Loss): Promise<void> {
    const { id, organizationId } = granted(loss);
    await replicas.store.transact(async (tx) => {
      const locked = await tx.access.lockGrant(organizationId, id);
      if (locked === undefined) throw new Error('the grant is gone');
      const end = { at: new Date(), state: 'revoked', byId: locked.principalId, reason: 'found the bug' } as const;
      await tx.access.updateGrant({ ...locked, end });
    });
  }

  /** The project that the cluster belongs to. */
  async function ownProject(): Promise<ProjectId> {
    const { records } = await replicas.store.changes.read();
    const id = records.clusters?.find(({ name }) => name === CLUSTER)?.projectId;
    if (id === undefined) throw new Error('the cluster is in no project');
    return id;
  }
  /** Puts the cluster into another project, or back into its own. */
  async function move({ owner }: Loss, project: string): Promise<void> {
    const { apiVersion, kind, metadata, spec } = await owner.getCluster({ organization, name: CLUSTER });
    const { name, labels, resourceVersion } = metadata;
    await owner.updateCluster({
      organization,
      name: CLUSTER,
      body: {
        ...{ apiVersion, kind, spec: { ...spec, project } },
        metadata: { name, resourceVersion, ...(labels && { labels }) },
      },
    });
  }

  const CASES: readonly LossCase[] = [
    {
      what: 'SEC-C12 a grant, which is revoked',
      isOfProvider: true,
      async prepare(loss) {
        await grant(loss, 3_600_000);
        await leaveGroup(loss);
      },
      take: revoke,
      reason:
        /^access has ended: the grant gnt_\w+ of role developer was revoked by person-\d+ at [\d:TZ-]+: "found the bug" /,
      status: 403,
    },
    {
      what: 'SEC-C12 a grant, which ends by the clock',
      isOfProvider: true,
      async prepare(loss) {
        await grant(loss, GRANTED_FOR_MS);
        await leaveGroup(loss);
      },
      // Nothing is done: it ends by itself.
      take: async () => {},
      reason: /^access has ended: the grant gnt_\w+ of role developer ended at [\d:TZ-]+ /,
      status: 403,
    },
    {
      what: 'SEC-C12 a grant on a project, whose cluster is moved to another one',
      isOfProvider: true,
      async prepare(loss) {
        await grant(loss, 3_600_000, 'developer', { kind: 'projects', projectIds: [await ownProject()] });
        await leaveGroup(loss);
        await loss.owner.createProject({ organization, body: aProject(`apart-${loss.userName}`) });
      },
      take: (loss) => move(loss, `apart-${loss.userName}`),
      restore: (loss) => move(loss, 'default'),
      reason:
        /^access has ended: the grant gnt_\w+ of role developer no longer reaches cluster prod, which was moved to another project /,
      status: 403,
    },
    {
      what: 'SEC-C12 SEC-E19 a grant, with the person, who is disabled',
      isOfProvider: true,
      async prepare(loss) {
        await grant(loss, 3_600_000);
        await leaveGroup(loss);
      },
      take: ({ owner, userName }) => disable(owner, userName),
      reason: /^access has ended: person-\d+ is disabled\. /,
      status: 401,
    },
    {
      what: 'SEC-C12 a grant, which is revoked after the group that the identity provider stated was gone without effect',
      isOfProvider: true,
      prepare: (loss) => grant(loss, 3_600_000),
      async take(loss, watch) {
        await leaveGroup(loss);
        expect(watch.isOpen).toBe(true);
        await revoke(loss);
      },
      reason:
        /^access has ended: the grant gnt_\w+ of role developer was revoked by person-\d+ at [\d:TZ-]+: "found the bug" /,
      status: 403,
    },
    {
      what: 'SEC-E17 a grant, with its role',
      isOfProvider: true,
      async prepare(loss) {
        const role = `granted-to-${loss.userName}`;
        await loss.owner.createRole({
          organization,
          body: aRole(role, { permissions: MINTS, kubernetes: { clusterRoles: ['view'] } }),
        });
        await grant(loss, 3_600_000, role);
        await leaveGroup(loss);
      },
      take: ({ owner, userName }) => owner.deleteRole({ organization, name: `granted-to-${userName}` }),
      reason: /^access has ended: /,
      status: 403,
    },
    {
      what: 'SEC-E02 SEC-E14 a group that the identity provider no longer states at the next refresh',
      isOfProvider: true,
      async take({ person, at }) {
        provider.script = { ...IN_GROUP, claims: { ...provider.script.claims, groups: [] } };
        await forgetAnswer(person);
        await person.refresh(at.fetch);
      },
      reason: /^access has ended: /,
      status: 403,
    },
    {
      what: 'SEC-E19 the word of the identity provider, at the next refresh',
      isOfProvider: true,
      async take({ person, at }) {
        provider.script = { refresh: { error: 'invalid_grant' } };
        await forgetAnswer(person);
        await expect(person.refresh(at.fetch)).rejects.toMatchObject({ error: 'invalid_grant' });
      },
      reason: /^access has ended: .*session/,
      status: 401,
    },
    {
      what: 'SEC-E19 a login session, by back-channel logout',
      isOfProvider: true,
      take: logOutAtProvider,
      reason: /^access has ended: .*session/,
      status: 401,
    },
    {
      what: 'SEC-E19 a login session, which an administrator ends',
      async take({ person, owner }) {
        const { loginSession } = await person.api.whoAmI();
        await owner.endLoginSession({ organization, id: loginSession.id });
      },
      reason: /^access has ended: .*session/,
      status: 401,
    },
    {
      what: 'SEC-E19 a person, who is disabled',
      take: ({ owner, userName }) => disable(owner, userName),
      reason: /^access has ended: /,
      status: 401,
    },
    {
      what: 'SEC-E19 a person, who is deleted',
      take: ({ owner, userName }) => owner.deleteUser({ organization, name: userName }),
      reason: /^access has ended: /,
      status: 401,
    },
    {
      what: 'SEC-E19 a kube credential, which is revoked',
      take: ({ owner, userName }) => owner.revokeCredentialsOfUser({ organization, name: userName }),
      reason: /^access has ended: /,
      status: 401,
    },
    {
      what: 'SEC-E02 a binding, which is deleted',
      isOfProvider: true,
      async prepare(loss) {
        const { owner, userName } = loss;
        await owner.createBinding({ organization, body: aBinding(`of-${userName}`, userName, 'developer') });
        await leaveGroup(loss);
      },
      take: ({ owner, userName }) => owner.deleteBinding({ organization, name: `of-${userName}` }),
      reason: /^access has ended: /,
      status: 403,
    },
    {
      what: 'SEC-E02 the Kubernetes side of a role',
      isOfProvider: true,
      async prepare(loss) {
        const { owner, userName } = loss;
        const role = `role-of-${userName}`;
        await owner.createRole({
          organization,
          body: aRole(role, { permissions: MINTS, kubernetes: { clusterRoles: ['view'] } }),
        });
        await owner.createBinding({ organization, body: aBinding(`of-${userName}`, userName, role) });
        await leaveGroup(loss);
      },
      take: ({ owner, userName }) => {
        const name = `role-of-${userName}`;
        return owner.updateRole({ organization, name, body: aRole(name, { permissions: MINTS }) });
      },
      reason: /^access has ended: /,
      status: 403,
    },
  ];

  for (const [on, elsewhere] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    for (const { what, isOfProvider, prepare, take, restore, reason, status } of CASES) {
      it(`${what}: ends on ${on} when it is taken on ${elsewhere}`, async () => {
        const [here, at] = [replicas[on], replicas[elsewhere]];
        developerCount += 1;
        const name = `developer-${developerCount}` as const;
        const userName = isOfProvider ? `person-${developerCount}` : `${name}@${organization}.test`;
        const claims = { ...IN_GROUP.claims, sub: userName, preferred_username: userName };
        provider.script = { ...IN_GROUP, claims };
        const person = await (isOfProvider ? replicas.logInElsewhere(here) : replicas.logIn(here, name));
        const loss: Loss = { person, userName, here, at, owner: owner.over(at.fetch) };
        await awaitCondition(() => isLive(person, at), { what: `${userName} is known elsewhere`, everyMs: 5 });
        await prepare?.(loss);
        const minted = await awaitCondition(
          () => person.over(here.fetch).mintKubeCredential({ organization, name: CLUSTER }),
          { what: 'the access is there', everyMs: 10 },
        );
        const opener = createStreamOpener({
          port: here.port,
          caPem: here.server.caPem,
          prefix: PREFIX,
          token: minted.token,
        });
        try {
          const watch = await opener.open('watch', `of-${developerCount}`);
          expect(watch.isOpen).toBe(true);
          await take(loss, watch);
          const end = await watch.ended;
          expect(end).toMatchObject({ isInProtocol: true, reason: expect.stringMatching(reason) });
          const later = await (await here.kube(minted.token, '/api/v1/namespaces/default/pods')).answer();
          expect(later.status).toBe(status);
          await awaitCondition(async () => (await outcomeOf(watch.path)) === 'accessEnded', {
            what: 'the outcome is recorded',
            everyMs: 20,
          });
        } finally {
          opener.close();
          await restore?.(loss);
        }
      });
    }
  }

  const outcomeOf = async (path: string) =>
    (await replicas.store.listAudit({ limit: 200 })).find(
      ({ code, request }) => code === 'proxy.request.completed' && request?.path === path,
    )?.outcome?.ended;
  const isLive = (person: Person, on: Replica) =>
    on
      .api(person)
      .whoAmI()
      .then(
        () => true,
        (error: unknown) => {
          if (error instanceof ApiProblemError && error.problem.status === 401) return false;
          throw error;
        },
      );
});

function aProject(name: string) {
  return { apiVersion: 'sallyport.dev/v1' as const, kind: 'Project' as const, metadata: { name }, spec: {} };
}

function aRole(name: string, spec: KindResource<'Role'>['spec']) {
  return { apiVersion: 'sallyport.dev/v1' as const, kind: 'Role' as const, metadata: { name }, spec };
}
