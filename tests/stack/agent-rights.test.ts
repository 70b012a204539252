import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks, part, run, temporaryFolder } from '../support/index.ts';
import { type ClusterAccount, createClusterAccount } from './cluster-account.ts';
import { startFakeCluster } from './fake-account.ts';
import { type PersonName, type Stack, startStack } from './stack.ts';

interface Right {
  readonly verb: string;
  readonly group?: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly name?: string;
  readonly namespace?: string;
}

const RBAC = 'rbac.authorization.k8s.io';
const BINDINGS = ['rolebindings', 'clusterrolebindings'] as const;

/** What no agent may do in any mode. */
const forbiddenAlways = (account: string): readonly Right[] => [
  { verb: 'impersonate', resource: 'groups', name: 'system:masters' },
  { verb: 'impersonate', resource: 'groups', name: 'sallyport:cluster-admin' },
  { verb: 'impersonate', resource: 'serviceaccounts', name: 'default', namespace: 'kube-system' },
  { verb: 'impersonate', group: 'authentication.k8s.io', resource: 'uids' },
  { verb: 'get', resource: 'secrets', name: 'other', namespace: account },
  { verb: 'list', resource: 'secrets', namespace: account },
  { verb: 'get', resource: 'secrets', namespace: 'kube-system' },
  { verb: 'list', resource: 'pods' },
  { verb: 'create', resource: 'pods', subresource: 'exec' },
  { verb: 'create', resource: 'namespaces' },
  { verb: 'bind', group: RBAC, resource: 'clusterroles', name: 'cluster-admin' },
  { verb: 'escalate', group: RBAC, resource: 'clusterroles', name: 'view' },
  { verb: 'update', group: RBAC, resource: 'clusterroles', name: 'view' },
  ...BINDINGS.flatMap((resource): Right[] => [
    { verb: 'list', group: RBAC, resource },
    { verb: 'get', group: RBAC, resource, name: 'cluster-admin' },
    { verb: 'update', group: RBAC, resource, name: 'cluster-admin' },
    { verb: 'delete', group: RBAC, resource, name: 'cluster-admin' },
    { verb: 'update', group: RBAC, resource, name: `${account}-access-cluster-admin` },
  ]),
  { verb: 'create', resource: 'serviceaccounts', subresource: 'token', namespace: 'kube-system' },
  { verb: 'create', resource: 'serviceaccounts', namespace: 'kube-system' },
];

const identity = (account: string): readonly Right[] => [
  { verb: 'get', resource: 'secrets', name: `${account}-identity`, namespace: account },
  { verb: 'patch', resource: 'secrets', name: `${account}-identity`, namespace: account },
];
const sweeping = (account: string): readonly Right[] =>
  BINDINGS.flatMap((resource) =>
    ['get', 'list', 'delete'].map((verb) => ({ verb, group: RBAC, resource, name: `${account}-access-edit` })),
  );
const impersonating: readonly Right[] = [
  { verb: 'impersonate', resource: 'users', name: 'ada@example.com' },
  { verb: 'impersonate', resource: 'groups', name: 'sallyport:inventory' },
  { verb: 'impersonate', group: 'authentication.k8s.io', resource: 'userextras', subresource: 'sallyport.dev/session' },
];
const withCeiling: readonly Right[] = [{ verb: 'impersonate', resource: 'groups', name: 'sallyport:edit' }];
const keeping = (account: string): readonly Right[] => [
  { verb: 'bind', group: RBAC, resource: 'clusterroles', name: 'edit' },
  ...BINDINGS.flatMap((resource): Right[] => [
    { verb: 'create', group: RBAC, resource, namespace: 'default' },
    { verb: 'update', group: RBAC, resource, name: `${account}-access-edit` },
  ]),
];
const accounts = (account: string): readonly Right[] => [
  { verb: 'create', resource: 'serviceaccounts', namespace: account },
  { verb: 'delete', resource: 'serviceaccounts', namespace: account },
  { verb: 'create', resource: 'serviceaccounts', subresource: 'token', namespace: account },
];

const MODES = [
  {
    mode: 'impersonate',
    may: (name: string) => [...identity(name), ...sweeping(name), ...impersonating, ...withCeiling],
    mayNot: (name: string) => [...keeping(name), ...accounts(name)],
  },
  {
    mode: 'managed',
    may: (name: string) => [...identity(name), ...sweeping(name), ...impersonating, ...keeping(name)],
    mayNot: (name: string) => [...withCeiling, ...accounts(name)],
  },
  {
    mode: 'serviceAccounts',
    may: (name: string) => [...identity(name), ...sweeping(name), ...keeping(name), ...accounts(name)],
    mayNot: () => [...impersonating, ...withCeiling],
  },
] as const;

const skip = lacks('cluster', 'kubectl');
for (const { mode, may, mayNot } of MODES) {
  describe.skipIf(skip)(`the account of an agent in a real cluster (${mode})`, () => {
    let account: ClusterAccount;
    beforeAll(async () => {
      account = await createClusterAccount(temporaryFolder(), { upstreamMode: mode, ceiling: ['view', 'edit'] });
    });
    afterAll(() => account?.remove());

    /** Which of the rights the account has, by the API server's own word. */
    async function held(rights: readonly Right[]): Promise<readonly Right[]> {
      const reviews = rights.map((resourceAttributes) => ({
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user: account.userName, resourceAttributes },
      }));
      const { stdout, stderr } = await run(
        part('kubectl'),
        ['--kubeconfig', part('cluster'), 'create', '-o', 'json', '-f', '-'],
        { input: reviews.map((review) => JSON.stringify(review)).join('\n') },
      );
      const verdicts = stdout
        .trim()
        .split(/\n(?=\{)/)
        .map((text) => JSON.parse(text) as { readonly status: { readonly allowed: boolean } });
      expect([stderr, verdicts.length]).toEqual(['', rights.length]);
      return rights.filter((_, i) => verdicts[i]?.status.allowed);
    }

    it('may do what its table says, and nothing else', async () => {
      const { name } = account;
      expect(await held(may(name))).toEqual(may(name));
      expect(await held([...mayNot(name), ...forbiddenAlways(name)])).toEqual([]);
    });

    it('can bind nobody to what its ceiling has not', async () => {
      const bind = (role: string) =>
        run(part('kubectl'), [
          ...['--kubeconfig', account.kubeconfig, '-n', 'default'],
          ...['create', 'rolebinding', `${account.name}-access-${role}`, `--clusterrole=${role}`, '--user=mallory'],
        ]);
      expect((await bind('cluster-admin')).stderr).toMatch(/forbidden/);
      expect((await bind('admin')).stderr).toMatch(/forbidden/);
      const allowed = await bind('edit');
      expect(allowed.code).toBe(mode === 'impersonate' ? 1 : 0);
      if (allowed.code !== 0) return;
      await run(part('kubectl'), [
        ...['--kubeconfig', account.kubeconfig, '-n', 'default'],
        ...['delete', 'rolebinding', `${account.name}-access-edit`],
      ]);
    });
  });
}

for (const mode of ['impersonate', 'managed'] as const) {
  describe.skipIf(lacks('kubectl'))(`constrained impersonation (${mode})`, () => {
    const ceiling = ['view', 'edit', 'cluster-admin'] as const;
    let fake: Awaited<ReturnType<typeof startFakeCluster>>;
    let stack: Stack;
    beforeAll(async () => {
      fake = await startFakeCluster({ upstreamMode: mode, ceiling, constrainedImpersonation: true }, true);
      stack = await startStack({
        kubeconfig: fake.kubeconfig,
        access: {
          mode,
          constrainedImpersonation: true,
          clusterRoles: ceiling,
          namespace: 'sallyport',
          name: 'sallyport-agent',
        },
      });
    });
    afterAll(async () => {
      await stack?.close();
      await fake?.cluster.close();
    });
    const as = async (who: PersonName, ...args: readonly string[]) =>
      run(part('kubectl'), ['--kubeconfig', await stack.kubeconfig(who), '-n', 'default', ...args]);

    it('is enough for everything that people do, and is what they do it by', async () => {
      const commands = [
        ['developer', 'create', 'configmap', 'one', '--from-literal=a=b'],
        ['developer', 'label', 'configmap', 'one', 'x=y'],
        ['viewer', 'get', 'configmap', 'one'],
        ['viewer', 'auth', 'can-i', 'get', 'pods'],
        ['developer', 'delete', 'configmap', 'one'],
        ['developer', 'version'],
      ] as const;
      for (const [who, ...args] of commands) {
        const { code, stderr } = await as(who, ...args);
        expect([args.join(' '), code, stderr]).toEqual([args.join(' '), 0, '']);
      }
      expect((await as('viewer', 'delete', 'configmap', 'one')).stderr).toMatch(/Forbidden/);
      const { events } = fake.cluster.audit;
      const asPeople = events.filter(({ impersonatedUser }) =>
        String(impersonatedUser?.['username']).endsWith('@demo.test'),
      );
      expect(asPeople.length).toBeGreaterThan(commands.length);
      for (const event of asPeople) {
        expect(event.authenticationMetadata).toEqual({ impersonationConstraint: 'impersonate:user-info' });
      }
    });

    it('lets the agent be nobody else', async () => {
      const act = (...args: readonly string[]) =>
        run(part('kubectl'), ['--kubeconfig', fake.kubeconfig, ...args, 'get', 'configmaps']);
      for (const args of [
        ['--as', 'ada', '--as-group', 'system:masters'],
        ['--as', 'ada', '--as-group', 'sallyport:admin'],
        ['--as', 'system:serviceaccount:kube-system:default'],
        [],
      ]) {
        expect((await act(...args)).stderr).toMatch(/forbidden/i);
      }
    });
  });
}
