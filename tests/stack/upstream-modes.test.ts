import type { AgentAccessConfig } from '@sallyport/agent';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awaitCondition, lacks, type Outcome, part, run, temporaryFolder } from '../support/index.ts';
import { createClusterAccount } from './cluster-account.ts';
import { startFakeCluster } from './fake-account.ts';
import { uniqueName } from './kubectl-suite.ts';
import { CLUSTER, type GuestEmail, ORGANIZATION, type PersonName, type Stack, startStack } from './stack.ts';

/** Names that fit into no label and no object's name; two of them begin alike. */
const GUESTS: readonly GuestEmail[] = [
  `${'a'.repeat(60)}.1@${'long.'.repeat(36)}test`,
  `${'a'.repeat(60)}.2@${'long.'.repeat(36)}test`,
  "o'brien+test@demo.test",
  'ødegård@demo.test',
];

const CEILING = ['view', 'edit', 'cluster-admin'] as const;

interface Target {
  /** Name of the agent's account, and of its namespace. */
  readonly name: string;
  readonly namespace: string;
  /** Of the agent. */
  readonly kubeconfig: string;
  /** Of somebody who may do everything there, beside Sallyport. */
  readonly adminKubeconfig: string;
  close(): Promise<void>;
}

async function madeUp(upstreamMode: AgentAccessConfig['mode']): Promise<Target> {
  const { cluster, kubeconfig, adminKubeconfig } = await startFakeCluster({ upstreamMode, ceiling: CEILING });
  const close = () => cluster.close();
  return { name: 'sallyport-agent', namespace: 'sallyport', kubeconfig, adminKubeconfig, close };
}

async function real(upstreamMode: AgentAccessConfig['mode']): Promise<Target> {
  const account = await createClusterAccount(temporaryFolder(), { upstreamMode, ceiling: CEILING });
  const { name, kubeconfig } = account;
  return { name, namespace: name, kubeconfig, adminKubeconfig: part('cluster'), close: () => account.remove() };
}

interface Binding {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[];
}

const places = [
  { where: 'a made-up cluster', kubectl: 'kubectl', skip: lacks('kubectl'), open: madeUp },
  { where: 'a real cluster', kubectl: 'kubectl', skip: lacks('cluster', 'kubectl'), open: real },
  {
    where: 'a real cluster, with an old kubectl',
    kubectl: 'kubectlOld',
    skip: lacks('cluster', 'kubectl', 'kubectlOld'),
    open: real,
  },
] as const;

for (const mode of ['managed', 'serviceAccounts'] as const) {
  for (const place of places) {
    describe.skipIf(place.skip)(`people who act by bindings of their own (${mode}) in ${place.where}`, () => {
      const namespaces = { owned: uniqueName('mode'), other: uniqueName('mode') };
      let target: Target;
      let stack: Stack;

      const asAdmin = async (...args: readonly string[]): Promise<string> => {
        const outcome = await run(part('kubectl'), ['--kubeconfig', target.adminKubeconfig, ...args]);
        if (outcome.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${outcome.stderr}`);
        return outcome.stdout;
      };
      const as = async (who: PersonName, ...args: readonly string[]): Promise<Outcome> =>
        run(part(place.kubectl), ['--kubeconfig', await stack.kubeconfig(who), ...args]);
      const read = async (kind: string, name: string, ...args: readonly string[]): Promise<readonly Binding[]> => {
        const text = await asAdmin('get', kind, ...args, '--field-selector', `metadata.name=${name}`, '-o', 'json');
        return (JSON.parse(text) as { readonly items: readonly Binding[] }).items;
      };
      const bindingOf = async (role: string): Promise<Binding> => {
        const [found] = await read('clusterrolebindings', `${target.name}-access-${role}`);
        if (found === undefined) throw new Error(`nobody is bound to ${role}`);
        return found;
      };

      beforeAll(async () => {
        target = await place.open(mode);
        for (const namespace of Object.values(namespaces)) await asAdmin('create', 'namespace', namespace);
        stack = await startStack({
          kubeconfig: target.kubeconfig,
          guests: GUESTS,
          access: {
            mode,
            constrainedImpersonation: false,
            clusterRoles: CEILING,
            namespace: target.namespace,
            name: target.name,
          },
        });
      }, 120_000);
      afterAll(async () => {
        await stack?.close();
        if (target === undefined) return;
        for (const namespace of Object.values(namespaces))
          await asAdmin('delete', 'namespace', namespace, '--wait=false');
        for (const role of CEILING) {
          await asAdmin('delete', 'clusterrolebinding', `${target.name}-access-${role}`, '--ignore-not-found');
        }
        await target.close();
      }, 120_000);

      it('lets everybody do what their role says, from the first request on', async () => {
        const { owned } = namespaces;
        const first = await as('developer', '-n', owned, 'create', 'configmap', 'made', '--from-literal=a=b');
        expect([first.code, first.stderr]).toEqual([0, '']);
        const seen = await as('viewer', '-n', owned, 'get', 'configmaps', 'made', '-o', 'name');
        expect([seen.code, seen.stdout.trim()]).toEqual([0, 'configmap/made']);
        const refused = await as('viewer', '-n', owned, 'delete', 'configmap', 'made');
        expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('Forbidden')]);
      });

      it('SEC-A19 does so for whatever a person is called, and takes nobody for another', async () => {
        for (const [i, guest] of GUESTS.entries()) {
          const name = `of-${i}`;
          const made = await as(guest, '-n', namespaces.owned, 'create', 'configmap', name, '--from-literal=a=b');
          expect([guest, made.code, made.stderr]).toEqual([guest, 0, '']);
        }
        const subjects = (await bindingOf('edit')).subjects ?? [];
        expect(new Set(subjects.map(({ name }) => name)).size).toBe(GUESTS.length + 1);
        if (mode === 'managed') expect(subjects.map(({ name }) => name)).toEqual(expect.arrayContaining([...GUESTS]));
        const { api } = await stack.person('admin');
        const { items } = await api.listAuditEvents({ organization: ORGANIZATION, limit: 1_000 });
        const users = new Set(items.map(({ principal }) => principal?.userName));
        for (const guest of GUESTS) expect(users).toContain(guest);
      });

      it('gives a binding that reaches one namespace what it says there, and nothing elsewhere', async () => {
        const { owned, other } = namespaces;
        const { api } = await stack.person('admin');
        // Whoever has no binding that reaches a cluster gets no credential for it.
        await expect(as('auditor', '-n', owned, 'get', 'configmaps')).rejects.toThrow();
        await api.createBinding({
          organization: ORGANIZATION,
          body: {
            apiVersion: 'sallyport.dev/v1',
            kind: 'Binding',
            metadata: { name: 'auditor-looks' },
            spec: {
              role: 'namespace-viewer',
              subjects: [{ kind: 'User', name: 'auditor@demo.test' }],
              scope: { kind: 'clusters', clusters: [CLUSTER], namespaces: { names: [owned] } },
            },
          },
        });
        const after = await as('auditor', '-n', owned, 'get', 'configmaps', '-o', 'name');
        expect([after.code, after.stderr]).toEqual([0, '']);
        expect((await as('auditor', '-n', other, 'get', 'configmaps')).code).toBe(1);
        const [binding] = await read('rolebindings', `${target.name}-access-view`, '--all-namespaces');
        expect(binding?.metadata.namespace).toBe(owned);

        await api.deleteBinding({ organization: ORGANIZATION, name: 'auditor-looks' });
        await awaitCondition(
          async () => (await read('rolebindings', `${target.name}-access-view`, '--all-namespaces')).length === 0,
          { what: 'the binding in the namespace is gone' },
        );
      });

      // The agent does the same whichever kubectl people have.
      if (place.kubectl === 'kubectl')
        it('mends what somebody else changed, and leaves alone what is not its own', async () => {
          const before = await bindingOf('edit');
          const { name } = before.metadata;
          const gone = (await bindingOf('view')).metadata;
          const stranger = { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'mallory' };
          const patch = JSON.stringify({ subjects: [stranger] });
          await asAdmin('create', 'clusterrolebinding', `${name}-foreign`, '--clusterrole=view', '--user=mallory');
          await asAdmin('patch', 'clusterrolebinding', name, '--type=merge', '-p', patch);
          await asAdmin('delete', 'clusterrolebinding', gone.name);
          await awaitCondition(
            async () => JSON.stringify((await bindingOf('edit')).subjects) === JSON.stringify(before.subjects),
            { what: 'the subjects are as they were' },
          );
          await awaitCondition(async () => (await bindingOf('view')).metadata.uid !== gone.uid, {
            what: 'the binding is back',
          });
          expect(await read('clusterrolebindings', `${name}-foreign`)).toHaveLength(1);
          await asAdmin('delete', 'clusterrolebinding', `${name}-foreign`);
        }, 60_000);

      it('takes out who was bound for long enough, also when the server is gone', async () => {
        const before = await bindingOf('view');
        expect(before.subjects).not.toEqual([]);
        await stack.stopAgent();
        await stack.server.close();
        const expires = JSON.stringify(before.subjects?.map(() => Math.floor(Date.now() / 1_000) + 2));
        await asAdmin(
          'annotate',
          '--overwrite',
          'clusterrolebinding',
          before.metadata.name,
          `sallyport.dev/expires=${expires}`,
        );
        // It never gets as far as being ready.
        stack.startAgent().catch(() => {});
        await awaitCondition(async () => (await read('clusterrolebindings', before.metadata.name)).length === 0, {
          what: 'the binding is swept',
        });
      }, 60_000);
    });
  }
}
