import assert from 'node:assert/strict';
import { type ContractCase, inNamespace, uniqueName } from './case.ts';
import type { Target } from './target.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';

/** Lets `user` read pods, and nothing else, in the target's namespace. */
async function allowPods(t: Target, user: string): Promise<void> {
  const role = {
    apiVersion: RBAC,
    kind: 'Role',
    metadata: { name: user },
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }],
  };
  const binding = {
    apiVersion: RBAC,
    kind: 'RoleBinding',
    metadata: { name: user },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: user },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  };
  assert.equal((await t.send('POST', inNamespace(t, RBAC, 'roles'), { body: role })).status, 201);
  assert.equal((await t.send('POST', inNamespace(t, RBAC, 'rolebindings'), { body: binding })).status, 201);
}

const as = (user: string, ...more: string[]) => ['Impersonate-User', user, ...more];

/** Authentication, impersonation, RBAC, reviews, tokens. */
export const accessCases: readonly ContractCase[] = [
  {
    name: 'acts as the impersonated user and refuses in the words of RBAC',
    async run(t) {
      const user = uniqueName('reader');
      await allowPods(t, user);
      assert.equal((await t.send('GET', inNamespace(t, 'v1', 'pods'), { headers: as(user) })).status, 200);
      const list = await t.send('GET', inNamespace(t, 'v1', 'secrets'), { headers: as(user) });
      assert.equal(list.status, 403);
      assert.equal(list.json.reason, 'Forbidden');
      assert.equal(
        list.json.message,
        `secrets is forbidden: User "${user}" cannot list resource "secrets" in API group "" in the namespace "${t.namespace}"`,
      );
      const one = await t.send('DELETE', `${inNamespace(t, 'apps/v1', 'deployments')}/d`, { headers: as(user) });
      assert.equal(
        one.json.message,
        `deployments.apps "d" is forbidden: User "${user}" cannot delete resource "deployments" in API group "apps" in the namespace "${t.namespace}"`,
      );
      const cluster = await t.send('GET', '/api/v1/nodes', { headers: as(user) });
      assert.equal(
        cluster.json.message,
        `nodes is forbidden: User "${user}" cannot list resource "nodes" in API group "" at the cluster scope`,
      );
      const path = await t.send('GET', '/metrics', { headers: as(user) });
      assert.equal(path.json.message, `forbidden: User "${user}" cannot get path "/metrics"`);
    },
  },
  {
    name: 'takes several group lines, and a comma as part of a name',
    async run(t) {
      const groups = ['team,with comma', 'viewers'];
      for (const [i, group] of groups.entries()) {
        const name = uniqueName(`group-${i}`);
        const binding = {
          apiVersion: RBAC,
          kind: 'ClusterRoleBinding',
          metadata: { name },
          roleRef: {
            apiGroup: 'rbac.authorization.k8s.io',
            kind: 'ClusterRole',
            name: i === 0 ? 'view' : 'system:discovery',
          },
          subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
        };
        assert.equal((await t.send('POST', `/apis/${RBAC}/clusterrolebindings`, { body: binding })).status, 201);
        const lines = groups.flatMap((one) => ['Impersonate-Group', one]);
        const allowed = await t.send('GET', inNamespace(t, 'v1', 'pods'), { headers: as('somebody', ...lines) });
        const joined = await t.send('GET', inNamespace(t, 'v1', 'pods'), {
          headers: as('somebody', 'Impersonate-Group', groups.join(', ')),
        });
        await t.send('DELETE', `/apis/${RBAC}/clusterrolebindings/${name}`);
        if (i === 0) assert.deepEqual([allowed.status, joined.status], [200, 403]);
      }
    },
  },
  {
    name: 'needs the impersonate verb, by resource name',
    async run(t) {
      const user = uniqueName('weak');
      const rules = [{ apiGroups: [''], resources: ['users'], verbs: ['impersonate'], resourceNames: ['alice'] }];
      const role = { apiVersion: RBAC, kind: 'ClusterRole', metadata: { name: user }, rules };
      await t.send('POST', `/apis/${RBAC}/clusterroles`, { body: role });
      const review = (name: string) =>
        t.send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
          body: {
            apiVersion: 'authorization.k8s.io/v1',
            kind: 'SubjectAccessReview',
            spec: { user, resourceAttributes: { verb: 'impersonate', resource: 'users', name } },
          },
        });
      const binding = {
        apiVersion: RBAC,
        kind: 'ClusterRoleBinding',
        metadata: { name: user },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: user },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
      };
      await t.send('POST', `/apis/${RBAC}/clusterrolebindings`, { body: binding });
      const allowed = [(await review('alice')).json.status.allowed, (await review('bob')).json.status.allowed];
      await t.send('DELETE', `/apis/${RBAC}/clusterrolebindings/${user}`);
      await t.send('DELETE', `/apis/${RBAC}/clusterroles/${user}`);
      assert.deepEqual(allowed, [true, false]);
    },
  },
  {
    name: 'refuses groups without a user: 400 since 1.36, 500 before',
    async run(t) {
      const { status } = await t.send('GET', inNamespace(t, 'v1', 'pods'), {
        headers: ['Impersonate-Group', 'viewers'],
      });
      assert.equal(status, t.minor >= 36 ? 400 : 500);
    },
  },
  {
    name: 'answers a wrong token with Unauthorized',
    async run(t) {
      const { status } = await t.send('GET', '/api/v1/nodes', { headers: ['Authorization', 'Bearer wrong'] });
      // A client certificate wins over a token, so only token users see the refusal.
      assert.ok(status === 401 || status === 200);
    },
  },
  {
    name: 'answers reviews of access and rules',
    async run(t) {
      const user = uniqueName('asker');
      await allowPods(t, user);
      const ask = (verb: string, resource: string) =>
        t.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
          headers: as(user),
          body: {
            apiVersion: 'authorization.k8s.io/v1',
            kind: 'SelfSubjectAccessReview',
            spec: { resourceAttributes: { namespace: t.namespace, verb, resource } },
          },
        });
      const yes = await ask('list', 'pods');
      assert.deepEqual([yes.status, yes.json.status.allowed], [201, true]);
      assert.equal((await ask('create', 'pods')).json.status.allowed, false);
      const rules = await t.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
        headers: as(user),
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectRulesReview',
          spec: { namespace: t.namespace },
        },
      });
      const resourceRules = rules.json.status.resourceRules as { resources: string[]; verbs: string[] }[];
      assert.deepEqual(resourceRules.find((rule) => rule.resources.includes('pods'))?.verbs, ['get', 'list']);
    },
  },
  {
    name: 'mints a token for a service account, which then works',
    async run(t) {
      const path = `${inNamespace(t, 'v1', 'serviceaccounts')}/default/token`;
      const body = (expirationSeconds: number) => ({
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds },
      });
      const { status, json } = await t.send('POST', path, { body: body(600) });
      assert.equal(status, 201);
      const review = await t.send('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: json.status.token } },
      });
      assert.equal(review.json.status.authenticated, true);
      assert.equal(review.json.status.user.username, `system:serviceaccount:${t.namespace}:default`);
      assert.deepEqual([...review.json.status.user.groups].sort(), [
        'system:authenticated',
        'system:serviceaccounts',
        `system:serviceaccounts:${t.namespace}`,
      ]);
      const short = await t.send('POST', path, { body: body(5) });
      assert.equal(short.status, 422);
    },
  },
  {
    name: 'refuses to give more than the giver holds',
    async run(t) {
      const user = uniqueName('giver');
      const binding = {
        apiVersion: RBAC,
        kind: 'RoleBinding',
        metadata: { name: user },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
      };
      await t.send('POST', inNamespace(t, RBAC, 'rolebindings'), { body: binding });
      const role = (verbs: string[], resources: string[]) => ({
        headers: as(user),
        body: {
          apiVersion: RBAC,
          kind: 'Role',
          metadata: { name: uniqueName('given') },
          rules: [{ apiGroups: [''], resources, verbs }],
        },
      });
      const held = await t.send('POST', inNamespace(t, RBAC, 'roles'), role(['get'], ['pods']));
      assert.equal(held.status, 201);
      const more = await t.send('POST', inNamespace(t, RBAC, 'roles'), role(['get'], ['nodes']));
      assert.equal(more.status, 403);
      assert.match(
        more.json.message,
        /is attempting to grant RBAC permissions not currently held:\n\{APIGroups:\[""\], Resources:\["nodes"\], Verbs:\["get"\]\}$/,
      );
    },
  },
];
