import { silentLogger, type UpstreamRole } from '@sallyport/core';
import { upstreamRoleName } from '@sallyport/core/upstream-access';
import { describe, expect, it } from 'vitest';
import type { OwnRequest, OwnResponse } from '../upstream/contract.ts';
import { accessLabels, desiredBindings, userSubject } from './access-objects.ts';
import { createAccessRoles } from './access-roles.ts';

const AT = new Date('2026-01-01T00:00:00Z');
const ROOT = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
const owner = { name: 'agent', clusterId: 'clu_1', subjectOf: userSubject };
const role: UpstreamRole = {
  ceilings: ['view'],
  rules: [{ verbs: ['get', 'delete'], apiGroups: [''], resources: ['pods', 'secrets'] }],
};
const NAME = `agent-access-${upstreamRoleName(role)}`;
/** What the ceiling leaves of it. */
const LEFT = [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }];
const subjects = [{ user: 'ada', expiresAt: AT.getTime() / 1_000 + 60 }];
const access = { bindings: [{ clusterRole: upstreamRoleName(role), subjects }], roles: [role] };
const bindings = desiredBindings(access, 1, owner, AT);

type Stored = Record<string, unknown> & { readonly metadata: Record<string, unknown> };

/** ClusterRoles in memory. `answer` overrides what would be answered. */
function aCluster(answer: (request: OwnRequest) => OwnResponse | undefined = () => undefined) {
  const view = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] };
  const objects = new Map<string, Stored>([['view', { metadata: { name: 'view' }, rules: [view] }]]);
  const writes: string[] = [];
  let version = 0;
  const put = (object: Stored) => {
    const name = String(object.metadata.name);
    objects.set(name, { ...object, metadata: { ...object.metadata, uid: 'u', resourceVersion: String(++version) } });
  };
  const sendAsAgent = async (request: OwnRequest): Promise<OwnResponse> => {
    const { method, path, body } = request;
    const name = path.slice(ROOT.length + 1);
    if (method !== 'GET') writes.push(`${method} ${name}`);
    const given = answer(request);
    if (given !== undefined) return given;
    if (path.includes('?')) return { status: 200, body: { items: [...objects.values()] } };
    const found = objects.get(name);
    if (method === 'POST') {
      put(body as Stored);
      return { status: 201, body };
    }
    if (found === undefined) return { status: 404, body: {} };
    if (method === 'PUT') put(body as Stored);
    if (method === 'DELETE') objects.delete(name);
    return { status: 200, body: found };
  };
  return { objects, writes, put, roles: createAccessRoles({ upstream: { sendAsAgent }, owner, logger: silentLogger }) };
}

describe('generated ClusterRoles on kube-apiserver', () => {
  it('are what the rules leave of the ceiling as it is there, labelled as ours, and written once', async () => {
    const { roles, objects, writes } = aCluster();
    expect(await roles.provide(access, bindings)).toEqual({ ready: new Set([NAME]) });
    expect(bindings.map(({ roleRef }) => roleRef.name)).toEqual([NAME]);
    expect(objects.get(NAME)).toMatchObject({ kind: 'ClusterRole', rules: LEFT });
    expect(objects.get(NAME)?.metadata.labels).toEqual(accessLabels(owner));
    expect(roles.rulesOf(NAME)).toEqual(LEFT);
    await roles.provide(access, bindings);
    expect(writes).toEqual(['POST ']);
  });

  it('are made for bindings only', async () => {
    const { roles, writes } = aCluster();
    expect(await roles.provide(access, [])).toEqual({ ready: new Set() });
    expect(writes).toEqual([]);
  });

  it('are mended when somebody changed them, and follow the ceiling', async () => {
    const { roles, objects, put, writes } = aCluster();
    await roles.provide(access, bindings);
    const everything = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];
    put({ metadata: { name: NAME, labels: accessLabels(owner) }, rules: everything });
    await roles.provide(access, bindings);
    expect(objects.get(NAME)?.rules).toEqual(LEFT);
    put({ metadata: { name: 'view' }, rules: [] });
    await roles.provide(access, bindings);
    expect(objects.get(NAME)?.rules).toEqual([]);
    expect(writes).toEqual(['POST ', `PUT ${NAME}`, `PUT ${NAME}`]);
  });

  it('are not written over what is not ours, and nobody may be bound to that', async () => {
    const { roles, put, writes } = aCluster();
    put({ metadata: { name: NAME }, rules: [] });
    const { ready, failure } = await roles.provide(access, bindings);
    expect([...ready]).toEqual([]);
    expect(failure).toMatchObject({ code: 'ERR_AGENT_ACCESS', message: expect.stringContaining('is in the way') });
    await roles.sweep([]);
    expect(writes).toEqual([]);
  });

  it('are looked at again when another replica writes them, though not for ever', async () => {
    let conflicts = 1;
    const { roles } = aCluster(({ method }) =>
      method === 'POST' && conflicts-- > 0 ? { status: 409, body: {} } : undefined,
    );
    expect(await roles.provide(access, bindings)).toEqual({ ready: new Set([NAME]) });
    const stuck = aCluster(({ method }) => (method === 'POST' ? { status: 409, body: {} } : undefined));
    const { ready, failure } = await stuck.roles.provide(access, bindings);
    expect(ready.size).toBe(0);
    expect(failure).toMatchObject({ message: expect.stringContaining('were writing') });
  });

  it('say why they can not be made', async () => {
    const answer = { status: 403, body: { message: 'no escalation' } };
    const { roles } = aCluster(({ method }) => (method === 'POST' ? answer : undefined));
    const { failure } = await roles.provide(access, bindings);
    expect(failure).toMatchObject({ message: expect.stringMatching(/write the ClusterRole .* 403: no escalation/) });
  });

  it('are removed when no binding refers to them, and nothing else is', async () => {
    const { roles, objects, put } = aCluster();
    await roles.provide(access, bindings);
    put({ metadata: { name: 'agent-impersonate', labels: accessLabels(owner) } });
    put({ metadata: { name: 'agent-access-rules-foreign' } });
    await roles.sweep(bindings);
    expect(objects.has(NAME)).toBe(true);
    await roles.sweep([]);
    expect([...objects.keys()]).toEqual(['view', 'agent-impersonate', 'agent-access-rules-foreign']);
  });
});
