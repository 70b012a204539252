import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import type { OwnRequest, OwnResponse } from '../upstream/contract.ts';
import { createAccessClient } from './access-client.ts';
import { type BindingObject, desiredBindings, userSubject } from './access-objects.ts';
import { createEffectProbe } from './effect-probe.ts';

const AT = new Date('2026-01-01T00:00:00Z');
const [inNamespace, everywhere] = [{ namespace: 'a' }, {}].flatMap((place) =>
  desiredBindings(
    {
      bindings: [{ clusterRole: 'view', ...place, subjects: [{ user: 'ada', expiresAt: AT.getTime() / 1_000 + 60 }] }],
    },
    1,
    { name: 'agent', clusterId: 'clu_1', subjectOf: userSubject },
    AT,
  ),
) as [BindingObject, BindingObject];
const found: BindingObject = {
  ...inNamespace,
  metadata: { ...inNamespace.metadata, uid: 'u-1', resourceVersion: '7' },
};
const ROOT = '/apis/rbac.authorization.k8s.io/v1';

function answering(answer: (request: OwnRequest) => OwnResponse) {
  const asked: OwnRequest[] = [];
  const sendAsAgent = async (request: OwnRequest) => {
    asked.push(request);
    return answer(request);
  };
  return { asked, client: createAccessClient({ sendAsAgent }, 'agent') };
}

describe('bindings on kube-apiserver', () => {
  it('are looked for by their names alone, which is all that the agent may do', async () => {
    const { asked, client } = answering(({ path }) =>
      path.includes('?')
        ? { status: 200, body: { items: [{ ...found, kind: undefined }] } }
        : { status: 404, body: {} },
    );
    expect(await client.find(['view'])).toEqual([found]);
    expect(asked).toEqual([
      { method: 'GET', path: `${ROOT}/rolebindings?fieldSelector=metadata.name%3Dagent-access-view` },
      { method: 'GET', path: `${ROOT}/clusterrolebindings/agent-access-view` },
    ]);
  });

  it('to generated ClusterRoles are looked for by their labels, and told by their names', async () => {
    const metadata = { ...found.metadata, name: 'agent-access-rules-1' };
    const asked: string[] = [];
    const sendAsAgent = async ({ path }: OwnRequest): Promise<OwnResponse> => {
      asked.push(path);
      const items = path.startsWith(`${ROOT}/rolebindings`) ? [{ ...found, metadata }, found] : [];
      return { status: 200, body: { items } };
    };
    const client = createAccessClient({ sendAsAgent }, 'agent', true);
    expect(await client.find([])).toEqual([{ ...found, metadata }]);
    const query = '?labelSelector=app.kubernetes.io%2Finstance%3Dagent%2Csallyport.dev%2Faccess%3Dkept';
    expect(asked).toEqual([`${ROOT}/rolebindings${query}`, `${ROOT}/clusterrolebindings${query}`]);
  });

  it('are created, and replaced and removed only as they were looked at', async () => {
    const { asked, client } = answering(() => ({ status: 200, body: {} }));
    expect(await client.carryOut({ kind: 'create', object: everywhere })).toBe('done');
    expect(await client.carryOut({ kind: 'replace', object: inNamespace, found })).toBe('done');
    expect(await client.carryOut({ kind: 'remove', found })).toBe('done');
    const path = `${ROOT}/namespaces/a/rolebindings/agent-access-view`;
    expect(asked).toEqual([
      { method: 'POST', path: `${ROOT}/clusterrolebindings`, body: everywhere },
      {
        method: 'PUT',
        path,
        body: { ...inNamespace, metadata: { ...inNamespace.metadata, resourceVersion: '7' } },
      },
      { method: 'DELETE', path, body: { preconditions: { resourceVersion: '7', uid: 'u-1' } } },
    ]);
  });

  const ending = { status: 403, body: { details: { causes: [{ reason: 'NamespaceTerminating' }] } } };
  for (const { given, kind, want } of [
    { given: { status: 409, body: {} }, kind: 'create', want: 'conflict' },
    { given: { status: 404, body: {} }, kind: 'create', want: 'noNamespace' },
    { given: ending, kind: 'create', want: 'noNamespace' },
    { given: { status: 404, body: {} }, kind: 'replace', want: 'conflict' },
    { given: { status: 404, body: {} }, kind: 'remove', want: 'done' },
  ] as const) {
    it(`${kind} with status ${given.status} is ${want}`, async () => {
      const { client } = answering(() => given);
      const step =
        kind === 'create'
          ? { kind, object: inNamespace }
          : kind === 'replace'
            ? { kind, object: inNamespace, found }
            : { kind, found };
      expect(await client.carryOut(step)).toBe(want);
    });
  }

  it('that are refused say what was, with the words of the API server', async () => {
    const { client } = answering(() => ({ status: 403, body: { message: 'nope' } }));
    const refusal = (message: string) => expect.objectContaining({ code: 'ERR_AGENT_ACCESS', message });
    await expect(client.find(['view'])).rejects.toEqual(
      refusal('to list RoleBindings agent-access-view was answered with status 403: nope'),
    );
    await expect(client.carryOut({ kind: 'create', object: everywhere })).rejects.toEqual(
      refusal('to create ClusterRoleBinding agent-access-view was answered with status 403: nope'),
    );
  });
});

describe('whether a binding is in force', () => {
  const rules = [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }];
  function probe(verdict: (count: number) => OwnResponse, roles: OwnResponse = { status: 200, body: { rules } }) {
    const clock = createFakeClock();
    const asked: OwnRequest[] = [];
    return {
      clock,
      asked,
      probe: createEffectProbe({
        upstream: {
          async sendAsAgent(request) {
            if (request.method === 'GET') return roles;
            asked.push(request);
            return verdict(asked.length);
          },
        },
        clusterRoles: ['view'],
        identityOf: async ({ name }) => ({ user: name, groups: [] }),
        clock,
      }),
    };
  }
  const allowed = (isAllowed: boolean) => ({ status: 201, body: { status: { allowed: isAllowed } } });

  it('is asked in the name of whoever was bound, until the API server says yes', async () => {
    const { probe: effect, asked, clock } = probe((count) => allowed(count === 3));
    const done = effect.untilInForce(inNamespace);
    await clock.advanceAsync(100);
    await done;
    expect(asked).toHaveLength(3);
    expect(asked[0]).toMatchObject({
      as: { user: 'ada', groups: [] },
      body: { spec: { resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'a' } } },
    });
  });

  it('is given up after five seconds, and at once for a ClusterRole that is not there', async () => {
    const { probe: effect, clock } = probe(() => allowed(false));
    const waiting = expect(effect.untilInForce(everywhere)).rejects.toMatchObject({
      code: 'ERR_AGENT_ACCESS',
      message: 'ClusterRoleBinding agent-access-view has had no effect for 5000 ms',
    });
    await clock.advanceAsync(6_000);
    await waiting;
    await expect(probe(() => allowed(true), { status: 404, body: {} }).probe.untilInForce(everywhere)).rejects.toThrow(
      'the ClusterRole view is not in the cluster',
    );
    await expect(probe(() => ({ status: 403, body: {} })).probe.untilInForce(everywhere)).rejects.toThrow('status 403');
  });
});
