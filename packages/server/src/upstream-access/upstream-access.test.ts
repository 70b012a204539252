import type { Allow } from '@sallyport/authz';
import { createId, type Principal, silentLogger, type UpstreamMode } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { hashUpstreamAccess, parseUpstreamAccess } from '@sallyport/core/upstream-access';
import type { AccessState } from '@sallyport/tunnel/grpc';
import { afterEach, describe, expect, it } from 'vitest';
import { createNamespaceLabels } from '../access/namespace-labels.ts';
import type { Snapshot, SnapshotSource } from '../snapshot.ts';
import { aSnapshot } from '../testing/records.ts';
import { createUpstreamAccess, type UpstreamAccess } from './upstream-access.ts';
import { inMode } from './upstream-mode.ts';

const organization = { id: createId('organization'), name: 'acme' };
const organizationId = organization.id;
const clusterId = createId('cluster');
const role = {
  id: createId('role'),
  organizationId,
  name: 'viewer',
  ceilingGroups: ['sallyport:view'],
  permissions: [],
};

const opened: UpstreamAccess[] = [];
afterEach(() => {
  for (const access of opened.splice(0)) access.close();
});

function aMachine(userName: string): Principal {
  return {
    id: createId('principal'),
    organizationId,
    kind: 'serviceAccount',
    issuer: 'sallyport:local',
    subjectClaim: userName,
    userName,
    displayName: userName,
    groups: [],
  };
}

const ada = aMachine('ada');
const bob = aMachine('bob');

function world(mode: UpstreamMode, ...bound: readonly Principal[]): Snapshot {
  const cluster = { id: clusterId, organizationId, name: 'prod', labels: {}, spec: { agent: { upstreamMode: mode } } };
  const subjects = bound.map(({ id }) => ({ kind: 'principal' as const, id }));
  return aSnapshot({
    organizations: [organization],
    clusters: [cluster],
    principals: [ada, bob],
    roles: [role],
    bindings: [{ id: createId('binding'), organizationId, roleId: role.id, subjects, scope: { kind: 'organization' } }],
  });
}

function start(first: Snapshot) {
  const clock = createFakeClock();
  let current = first;
  const listeners = new Set<(snapshot: Snapshot) => void>();
  const snapshots: SnapshotSource = {
    current: () => current,
    isFresh: () => true,
    refresh: async () => current,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => {},
  };
  const access = createUpstreamAccess({
    snapshots,
    namespaceLabels: createNamespaceLabels({ clock }),
    clock,
    logger: silentLogger,
  });
  opened.push(access);
  return {
    access,
    clock,
    change(next: Snapshot) {
      current = next;
      for (const listener of listeners) listener(next);
    },
    ready: (user: string) => {
      const cluster = current.clusters.get(clusterId);
      if (cluster === undefined) throw new Error('the cluster is gone');
      return access.ready({ cluster, isSystem: false }, { impersonate: { user, groups: [] } } as unknown as Allow);
    },
    connect(upstreamMode = 'managed', clusterRoles: readonly string[] = ['view'], tunnel: object = {}) {
      const sent: AccessState[] = [];
      const listener = access.connect(
        clusterId,
        tunnel,
        { hash: '', failure: '', clusterRoles: [...clusterRoles], upstreamMode },
        { send: (state) => sent.push(state) },
      );
      const report = (state: AccessState | undefined, failure = '') => {
        const hash = state === undefined ? 'unknown' : hashUpstreamAccess(state.access);
        listener.report({ hash, failure, clusterRoles: [], upstreamMode: '' });
      };
      return {
        tunnel,
        sent,
        report,
        keep: () => report(sent.at(-1)),
        end: () => listener.end(),
        users: () =>
          parseUpstreamAccess(sent.at(-1)?.access ?? Buffer.alloc(0)).bindings.flatMap(({ subjects }) =>
            subjects.map(({ user }) => user),
          ),
      };
    },
  };
}

describe('access that agents keep', () => {
  it('lets a request through once the agent has said that the bindings of its user are in force, and not before', async () => {
    const { ready, connect } = start(world('managed', ada));
    const agent = connect();
    const waiting = ready('ada');
    expect(waiting).toBeInstanceOf(Promise);
    agent.report(undefined);
    agent.keep();
    expect(await waiting).toBeUndefined();
    expect(ready('ada')).toBeUndefined();
  });

  it('does not let somebody wait for the bindings of others, and takes a binding away from nobody in between', async () => {
    const { ready, connect, change, clock } = start(world('managed', ada));
    const agent = connect();
    agent.keep();
    change(world('managed', ada, bob));
    expect(ready('ada')).toBeUndefined();
    const waiting = ready('bob');
    expect(waiting).toBeInstanceOf(Promise);
    expect(agent.users()).toEqual(['ada', 'bob']);
    agent.keep();
    expect(await waiting).toBeUndefined();
    change(world('managed', ada));
    await clock.advanceAsync(100);
    expect(agent.users()).toEqual(['ada']);
  });

  it('tells the client to come back when the agent does not say so in time, with what it said instead', async () => {
    const { ready, connect, clock } = start(world('managed', ada));
    const waiting = ready('ada');
    await clock.advanceAsync(5_000);
    expect(await waiting).toEqual({
      code: 'ERR_PROXY_ACCESS_PENDING',
      message:
        'your bindings in cluster "prod" are not in force yet: its agent was not installed for that; apply the install manifest again.',
      retryAfterSeconds: 1,
    });
    const agent = connect();
    const again = ready('ada');
    agent.report(agent.sent.at(-1), 'to create it was answered with status 403');
    await clock.advanceAsync(5_000);
    expect(await again).toMatchObject({
      message: expect.stringContaining('not in force yet: to create it was answered with status 403'),
    });
  });

  it('refuses at once whom the agent binds to nothing', () => {
    const { ready, connect } = start(world('managed', ada));
    connect('managed', ['edit']).keep();
    expect(ready('ada')).toMatchObject({
      code: 'ERR_PROXY_DENIED',
      message: expect.stringContaining('"ada" has none'),
    });
    expect(ready('bob')).toMatchObject({ code: 'ERR_PROXY_DENIED' });
  });

  it('counts what any agent of the cluster keeps, and nothing of one that is gone', async () => {
    const { ready, connect } = start(world('managed', ada));
    const first = connect();
    const second = connect();
    second.keep();
    expect(ready('ada')).toBeUndefined();
    second.end();
    const waiting = ready('ada');
    expect(waiting).toBeInstanceOf(Promise);
    first.keep();
    expect(await waiting).toBeUndefined();
  });

  it('renews what is kept before its time is over, and says nothing in between', async () => {
    const { connect, clock } = start(world('managed', ada));
    const agent = connect();
    await clock.advanceAsync(29 * 60_000);
    expect(agent.sent).toHaveLength(1);
    await clock.advanceAsync(2 * 60_000);
    expect(agent.sent).toHaveLength(2);
  });

  it('takes back what an agent keeps when the cluster is to be impersonated in again', async () => {
    const { access, ready, connect, change, clock } = start(world('managed', ada));
    const agent = connect();
    expect(agent.users()).toEqual(['ada']);
    change(world('impersonate', ada));
    await clock.advanceAsync(100);
    expect(agent.users()).toEqual([]);
    expect(ready('ada')).toBeUndefined();
    expect(access.problemOf(clusterId, agent.tunnel)).toBe(
      'the agent was installed for the mode managed, and the cluster is set to impersonate: apply its install manifest again',
    );
  });

  it('takes an agent that was not installed for generated rules for one of another mode', async () => {
    const snapshot = world('managed', ada);
    const cluster = snapshot.clusters.get(clusterId);
    if (cluster === undefined) throw new Error('the cluster is gone');
    const spec = { agent: { upstreamMode: 'managed', generatedRules: true } } as const;
    const { access, connect } = start({ ...snapshot, clusters: new Map([[clusterId, { ...cluster, spec }]]) });
    const [without, withRules] = [connect('managed'), connect('managed+generatedRules')];
    expect([without.users(), withRules.users()]).toEqual([[], ['ada']]);
    expect(access.problemOf(clusterId, without.tunnel)).toBe(
      'the agent was installed for the mode managed, and the cluster is set to managed+generatedRules: apply its install manifest again',
    );
    withRules.keep();
    expect(access.problemOf(clusterId, withRules.tunnel)).toBeUndefined();
  });

  it('says which tunnels are of an agent in another mode, or of one that fails', () => {
    const { access, connect } = start(world('managed', ada));
    expect(access.problemOf(clusterId, {})).toMatch(
      /installed for the mode impersonate, and the cluster is set to managed/,
    );
    const agent = connect();
    expect(access.problemOf(clusterId, agent.tunnel)).toBeUndefined();
    agent.report(agent.sent[0], 'no');
    expect(access.problemOf(clusterId, agent.tunnel)).toBe('no');
    agent.keep();
    expect(access.problemOf(clusterId, agent.tunnel)).toBeUndefined();
  });
});

describe('a decision in a mode', () => {
  const allow = {
    effect: 'allow',
    impersonate: { user: 'ada', groups: ['sallyport:edit', 'sallyport:inventory'] },
    obligations: [],
    reasons: [],
    snapshotVersion: 1,
  } as const;

  it('acts with the groups of its ceilings only where people are impersonated with them', () => {
    expect(inMode(allow, 'impersonate')).toBe(allow);
    for (const mode of ['managed', 'serviceAccounts'] as const) {
      expect(inMode(allow, mode).impersonate).toEqual({ user: 'ada', groups: ['sallyport:inventory'] });
    }
  });
});
