import type { AgentAccessConfig } from '@sallyport/agent';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awaitCondition, lacks, type Outcome, part, run, temporaryFolder } from '../support/index.ts';
import { createClusterAccount } from './cluster-account.ts';
import { startFakeCluster } from './fake-account.ts';
import { uniqueName } from './kubectl-suite.ts';
import { CLUSTER, ORGANIZATION, type PersonName, type Stack, startStack } from './stack.ts';

const CEILING = ['view', 'edit', 'cluster-admin'] as const;

interface Target {
  /** Name of the agent's account, and of its namespace. */
  readonly name: string;
  readonly namespace: string;
  readonly kubeconfig: string;
  readonly adminKubeconfig: string;
  close(): Promise<void>;
}

async function madeUp(upstreamMode: AgentAccessConfig['mode']): Promise<Target> {
  const rights = { upstreamMode, ceiling: CEILING, generatedRules: true };
  const { cluster, kubeconfig, adminKubeconfig } = await startFakeCluster(rights);
  const close = () => cluster.close();
  return { name: 'sallyport-agent', namespace: 'sallyport', kubeconfig, adminKubeconfig, close };
}

async function real(upstreamMode: AgentAccessConfig['mode']): Promise<Target> {
  const rights = { upstreamMode, ceiling: CEILING, generatedRules: true };
  const account = await createClusterAccount(temporaryFolder(), rights);
  const { name, kubeconfig } = account;
  return { name, namespace: name, kubeconfig, adminKubeconfig: part('cluster'), close: () => account.remove() };
}

interface Generated {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly { readonly verbs: readonly string[] }[];
  readonly subjects?: readonly { readonly kind: string; readonly namespace?: string; readonly name: string }[];
}

const places = [
  { where: 'a made-up cluster', skip: lacks('kubectl'), open: madeUp },
  { where: 'a real cluster', skip: lacks('cluster', 'kubectl'), open: real },
] as const;

for (const mode of ['managed', 'serviceAccounts'] as const) {
  for (const place of places) {
    describe.skipIf(place.skip)(`rules that the cluster itself holds people to (${mode}) in ${place.where}`, () => {
      const namespaces = { owned: uniqueName('rules'), other: uniqueName('rules') };
      let target: Target;
      let stack: Stack;

      const asAdmin = async (...args: readonly string[]): Promise<string> => {
        const outcome = await run(part('kubectl'), ['--kubeconfig', target.adminKubeconfig, ...args]);
        if (outcome.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${outcome.stderr}`);
        return outcome.stdout;
      };
      const as = async (who: PersonName, ...args: readonly string[]): Promise<Outcome> =>
        run(part('kubectl'), ['--kubeconfig', await stack.kubeconfig(who), ...args]);
      const generated = async (kind: string, ...args: readonly string[]): Promise<readonly Generated[]> => {
        const label = `app.kubernetes.io/instance=${target.name},sallyport.dev/access=kept`;
        const { items } = JSON.parse(await asAdmin('get', kind, ...args, '-l', label, '-o', 'json')) as {
          readonly items: readonly Generated[];
        };
        return items.filter(({ metadata }) => metadata.name.startsWith(`${target.name}-access-rules-`));
      };
      /** What the cluster itself says of whoever stands in a binding, without Sallyport. */
      const mayIn = async (namespace: string, ...question: readonly string[]): Promise<string> => {
        const [subject] = (await generated('clusterrolebindings'))[0]?.subjects ?? [];
        if (subject === undefined) throw new Error('nobody is bound');
        const who =
          subject.kind === 'User' ? subject.name : `system:serviceaccount:${subject.namespace}:${subject.name}`;
        const args = ['auth', 'can-i', ...question, '--as', who, '-n', namespace];
        return (await run(part('kubectl'), ['--kubeconfig', target.adminKubeconfig, ...args])).stdout.trim();
      };

      const bindAuditor = async (): Promise<void> => {
        const { api } = await stack.person('admin');
        await api.createBinding({
          organization: ORGANIZATION,
          body: {
            apiVersion: 'sallyport.dev/v1',
            kind: 'Binding',
            metadata: { name: 'auditor-keeps' },
            spec: {
              role: 'config-keeper',
              subjects: [{ kind: 'User', name: 'auditor@demo.test' }],
              scope: { kind: 'clusters', clusters: [CLUSTER] },
            },
          },
        });
      };

      beforeAll(async () => {
        target = await place.open(mode);
        for (const namespace of Object.values(namespaces)) await asAdmin('create', 'namespace', namespace);
        stack = await startStack({
          kubeconfig: target.kubeconfig,
          access: {
            mode,
            constrainedImpersonation: false,
            generatedRules: true,
            clusterRoles: CEILING,
            namespace: target.namespace,
            name: target.name,
          },
        });
        // Whoever has never signed in can't be named in a binding.
        await stack.person('auditor');
        const { api } = await stack.person('admin');
        await api.createRole({
          organization: ORGANIZATION,
          body: {
            apiVersion: 'sallyport.dev/v1',
            kind: 'Role',
            metadata: { name: 'config-keeper' },
            spec: {
              permissions: ['clusters.read', 'credentials.create'],
              kubernetes: {
                clusterRoles: ['edit'],
                rules: [
                  { verbs: ['get', 'list', 'create'], apiGroups: [''], resources: ['configmaps'] },
                  { verbs: ['create'], apiGroups: [''], resources: ['pods/exec'] },
                  // What kubectl looks up first; everybody has it in the cluster.
                  { verbs: ['get'], nonResourceUrls: ['/api', '/api/*', '/apis', '/apis/*', '/openapi/*', '/version'] },
                  // The ceiling has none of these.
                  { verbs: ['*'], apiGroups: ['*'], resources: ['nodes', 'clusterroles'] },
                  { verbs: ['delete'], apiGroups: [''], resources: ['configmaps'], namespaces: [namespaces.owned] },
                ],
              },
            },
          },
        });
        await bindAuditor();
      }, 120_000);
      afterAll(async () => {
        await stack?.close();
        if (target === undefined) return;
        for (const kind of ['clusterrolebindings', 'clusterroles']) {
          for (const { metadata } of await generated(kind)) await asAdmin('delete', kind, metadata.name);
        }
        for (const role of CEILING) {
          await asAdmin('delete', 'clusterrolebinding', `${target.name}-access-${role}`, '--ignore-not-found');
        }
        for (const namespace of Object.values(namespaces))
          await asAdmin('delete', 'namespace', namespace, '--wait=false');
        await target.close();
      }, 120_000);

      it('lets kubectl do what the rules say, from the first request on', async () => {
        const { owned, other } = namespaces;
        for (const namespace of [owned, other]) {
          const made = await as('auditor', '-n', namespace, 'create', 'configmap', 'made', '--from-literal=a=b');
          expect([made.code, made.stderr]).toEqual([0, '']);
        }
        const gone = await as('auditor', '-n', owned, 'delete', 'configmap', 'made', '--wait=false');
        expect([gone.code, gone.stderr]).toEqual([0, '']);
        expect((await as('auditor', '-n', other, 'delete', 'configmap', 'made')).code).toBe(1);
        expect((await as('auditor', '-n', owned, 'get', 'secrets')).code).toBe(1);
      });

      it('has the cluster itself refuse the rest: what no rule covers, and what the ceiling has not', async () => {
        const { owned, other } = namespaces;
        const said = {
          get: await mayIn(other, 'get', 'configmaps'),
          update: await mayIn(other, 'update', 'configmaps'),
          deleteOwned: await mayIn(owned, 'delete', 'configmaps'),
          deleteOther: await mayIn(other, 'delete', 'configmaps'),
          secrets: await mayIn(owned, 'get', 'secrets'),
          nodes: await mayIn(owned, 'get', 'nodes'),
          escalate: await mayIn(owned, 'escalate', 'clusterroles'),
          exec: await mayIn(owned, 'create', 'pods', '--subresource', 'exec'),
          execByWebSocket: await mayIn(owned, 'get', 'pods', '--subresource', 'exec'),
          log: await mayIn(owned, 'get', 'pods', '--subresource', 'log'),
        };
        expect(said).toEqual({
          get: 'yes',
          update: 'no',
          deleteOwned: 'yes',
          deleteOther: 'no',
          secrets: 'no',
          nodes: expect.stringMatching(/^no/),
          escalate: expect.stringMatching(/^no/),
          exec: 'yes',
          execByWebSocket: 'yes',
          log: 'no',
        });
        const [inOne] = await generated('rolebindings', '--all-namespaces');
        expect(inOne?.metadata.namespace).toBe(owned);
      });

      it('mends a generated ClusterRole that somebody else widened', async () => {
        const [role] = await generated('clusterroles');
        if (role === undefined) throw new Error('there is none');
        const everything = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];
        await asAdmin(
          'patch',
          'clusterrole',
          role.metadata.name,
          '--type=merge',
          '-p',
          JSON.stringify({ rules: everything }),
        );
        await awaitCondition(
          async () =>
            (await generated('clusterroles')).every(
              ({ rules = [] }) => !rules.some(({ verbs }) => verbs.includes('*')),
            ),
          { what: 'the rules are as they were' },
        );
      }, 60_000);

      it('removes bindings and ClusterRoles that nobody needs any more', async () => {
        expect(await generated('clusterroles')).toHaveLength(2);
        const { api } = await stack.person('admin');
        await api.deleteBinding({ organization: ORGANIZATION, name: 'auditor-keeps' });
        await awaitCondition(async () => (await generated('clusterroles')).length === 0, { what: 'no ClusterRole' });
        expect(await generated('clusterrolebindings')).toEqual([]);
        expect(await generated('rolebindings', '--all-namespaces')).toEqual([]);
      });
    });
  }
}
