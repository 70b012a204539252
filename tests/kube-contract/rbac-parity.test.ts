import {
  type Binding,
  compilePolicy,
  evaluate,
  type Policy,
  type Role,
  type Rule,
  requiredActions,
} from '@sallyport/authz';
import { aBinding, aCluster, aPrincipal, aRole } from '@sallyport/authz/testing';
import { PRIVILEGES, type Principal, type RequestAttributes } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKeepAliveApi, forEachOf, type KeepAliveApi } from './keep-alive.ts';
import { Randomly } from './random-rules.ts';
import { rbacCollections, rbacObjectsOf } from './rbac-objects.ts';
import { readConnection } from './target.ts';

const kubeconfig = process.env['SALLYPORT_TEST_KUBECONFIG'];
const seed = Number(process.env['SALLYPORT_TEST_SEED'] ?? Date.now() % 1_000_000_000);
const REQUESTS = Number(process.env['SALLYPORT_TEST_REVIEWS'] ?? 20_000);
const USERS = 200;

interface Person {
  readonly principal: Principal;
  readonly roles: readonly Role[];
  readonly bindings: readonly Binding[];
}

const REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
const run = `parity-${process.pid}`;
const labels = { 'sallyport.test/run': run };
const namespaces = ['one', 'two', 'three'].map((name) => `${run}-${name}`);
const cluster = aCluster();

function person(i: number, random: Randomly): Person {
  const principal = aPrincipal({ id: `prn-${i}` as never, userName: `${run}-user-${i}` });
  const roles = Array.from({ length: 1 + random.index(3) }, (_, j) =>
    aRole({
      id: `rol-${i}-${j}` as never,
      name: `role-${i}-${j}`,
      rules: random.rules(),
      privileges: PRIVILEGES,
      permissions: ['secrets.read'],
    }),
  );
  const bindings = roles.map(({ id }) =>
    aBinding({ id: `bnd-${id}` as never, roleId: id, subjects: [{ kind: 'principal', id: principal.id }] }),
  );
  return { principal, roles, bindings };
}

function decides(policy: Policy, { principal }: Person, attributes: RequestAttributes): boolean {
  return evaluate(policy, { principal, cluster, attributes, at: new Date(0) }).effect === 'allow';
}

async function isAllowed(api: KeepAliveApi, user: string, action: RequestAttributes): Promise<boolean> {
  const { kind, verb } = action;
  const spec =
    kind === 'nonResource'
      ? { nonResourceAttributes: { verb, path: action.path } }
      : {
          resourceAttributes: {
            verb,
            group: action.apiGroup,
            version: action.apiVersion,
            resource: action.resource,
            subresource: action.subresource,
            namespace: action.namespace,
            name: action.name,
          },
        };
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: { user, ...spec } };
  const { status } = await api.send<{ status: { allowed: boolean } }>('POST', REVIEWS, body);
  return status.allowed;
}

/** Rules whose effect shows that the API server has seen everything that was created before them. */
const SENTINEL: readonly Rule[] = [
  { verbs: ['get'], apiGroups: ['sentinel'], resources: ['whole'] },
  ...namespaces.map((namespace) => ({
    verbs: ['get'],
    apiGroups: ['sentinel'],
    resources: ['part'],
    namespaces: [namespace],
  })),
];

async function untilSeen(api: KeepAliveApi, user: string): Promise<void> {
  const of = (resource: string, namespace: string): RequestAttributes => ({
    kind: 'resource',
    ...{ verb: 'get', apiGroup: 'sentinel', apiVersion: 'v1', resource, subresource: '', namespace },
    ...{ name: '', remainder: '', path: '' },
  });
  const wanted = [of('whole', ''), ...namespaces.map((namespace) => of('part', namespace))];
  for (const action of wanted) while (!(await isAllowed(api, user, action)));
}

describe.skipIf(kubeconfig === undefined)(
  kubeconfig === undefined
    ? 'Rules as Kubernetes decides them: set SALLYPORT_TEST_KUBECONFIG to a kubeconfig with cluster-admin to run it'
    : `Rules as Kubernetes decides them (SALLYPORT_TEST_SEED=${seed})`,
  () => {
    let api: KeepAliveApi;
    const random = new Randomly(seed, [...namespaces, 'elsewhere']);
    const people = Array.from({ length: USERS }, (_, i) => person(i, random));
    const policy = compilePolicy(
      { roles: people.flatMap(({ roles }) => roles), bindings: people.flatMap(({ bindings }) => bindings) },
      1,
    );

    beforeAll(async () => {
      api = createKeepAliveApi(readConnection(kubeconfig ?? ''));
      await forEachOf(namespaces, (name) =>
        api.send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }),
      );
      const objects = people.flatMap(({ principal, roles }) =>
        rbacObjectsOf(
          principal.userName,
          roles.flatMap(({ rules = [] }) => rules),
          labels,
        ),
      );
      await forEachOf(objects, ({ path, body }) => api.send('POST', path, body));
      const sentinel = `${run}-sentinel`;
      for (const { path, body } of rbacObjectsOf(sentinel, SENTINEL, labels)) await api.send('POST', path, body);
      await untilSeen(api, sentinel);
    }, 300_000);

    afterAll(async () => {
      const selector = `labelSelector=${encodeURIComponent(`sallyport.test/run=${run}`)}`;
      await forEachOf(rbacCollections(namespaces), (path) => api.send('DELETE', `${path}?${selector}`));
      await forEachOf(namespaces, (name) => api.send('DELETE', `/api/v1/namespaces/${name}`));
      api.close();
    }, 120_000);

    it(`are decided alike, in ${REQUESTS} requests`, async () => {
      const asked = Array.from({ length: REQUESTS }, () => ({
        who: people[random.index(USERS)] as Person,
        attributes: random.request(),
      }));
      const differing: string[] = [];
      let allowed = 0;
      await forEachOf(asked, async ({ who, attributes }) => {
        // What opens a channel is the verb create here, by whatever method it comes; so that is what RBAC is asked.
        const [action] = requiredActions(attributes);
        if (action === undefined) throw new Error('nothing is required');
        const ours = decides(policy, who, attributes);
        const theirs = await isAllowed(api, who.principal.userName, action);
        if (theirs) allowed += 1;
        if (ours !== theirs)
          differing.push(`${who.principal.userName}: ${ours} here, ${theirs} there: ${JSON.stringify(action)}`);
      });
      expect(differing.slice(0, 10), `SALLYPORT_TEST_SEED=${seed}`).toEqual([]);
      // Otherwise two that always deny would agree.
      expect(allowed).toBeGreaterThan(REQUESTS / 20);
      expect(allowed).toBeLessThan((REQUESTS * 19) / 20);
    }, 600_000);
  },
);
