import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manifestValues } from '@sallyport/agent/manifest';
import { Secret } from '@sallyport/core';
import { registerCluster } from '@sallyport/core/api';
import { createServer, developmentConfig, type SallyportServer } from '@sallyport/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logIn, type Person } from '../stack/login.ts';
import { awaitCondition, lacks, part, run, temporaryFolder } from '../support/index.ts';
import { buildImage } from './image.ts';
import { everythingIn, type OwnCluster, runPod, startOwnCluster } from './own-cluster.ts';
import { type ChartObject, createRenderer, lacksRenderer } from './render/index.ts';

const IMAGE = 'sallyport.test/agent';
const NAMESPACE = 'sallyport';
/** Registers the cluster, and has more rights than its ceiling allows. */
const OPERATOR = 'operator@demo.test';
const DEVELOPER = 'developer@demo.test';

// The agent as its chart installs it: from its own image, in a pod, with the rights of its account and nothing else.
describe.skipIf(lacksRenderer() || lacks('clusterKit', 'kubectl', 'kubectlOld'))(
  'the agent, installed by its chart',
  () => {
    const folder = temporaryFolder('agent-pod');
    const renderer = createRenderer();
    const password = randomBytes(18).toString('base64url');
    let cluster: OwnCluster;
    let server: SallyportServer;
    let before: Record<string, unknown>;
    let values: Record<string, unknown>;
    let kubeconfig: string;
    let operator: Person;
    let developer: Person;

    beforeAll(async () => {
      const image = await buildImage('agent', folder);
      cluster = await startOwnCluster(folder);
      await image.archive(join(folder, 'agent.tar'), `${IMAGE}:1`);
      await cluster.importImage(join(folder, 'agent.tar'));
      server = await createServer({
        config: developmentConfig({
          stateDir: join(folder, 'server'),
          // Pods reach this machine here, and nobody else does.
          listen: { host: cluster.hostAddress, port: 0 },
          organization: 'demo',
          allowedIssuerAddresses: [`${cluster.hostAddress}/32`],
          bindings: [
            { role: 'owner', identityProvider: 'development', group: OPERATOR },
            { role: 'developer', identityProvider: 'development', group: DEVELOPER },
          ],
          developmentUsers: [OPERATOR, DEVELOPER].map((email) => ({
            email,
            name: email,
            password: new Secret(password),
            groups: [email],
          })),
        }),
      });
      operator = await logIn(server.publicUrl, server.caPem, OPERATOR, password);
      developer = await logIn(server.publicUrl, server.caPem, DEVELOPER, password);
      values = await register('pods');
      kubeconfig = join(folder, 'kubeconfig');
      writeFileSync(kubeconfig, await kubeconfigFor('pods'));
      // What the first workload of a cluster leaves there is no business of the agent's.
      await runPod(cluster, 'web');
      before = await everythingIn(cluster);
    }, 600_000);

    afterAll(async () => {
      await server?.close();
      await cluster?.close();
    }, 120_000);

    /** Registers a cluster, and has the values of its chart. */
    async function register(name: string, upstreamMode?: 'managed'): Promise<Record<string, unknown>> {
      const { install, joinToken } = await registerCluster(operator.api, 'demo', {
        name,
        ...(upstreamMode && { spec: { agent: { upstreamMode } } }),
      });
      return {
        ...manifestValues({
          serverUrl: install.serverUrl,
          serverCaPem: install.caPem,
          joinToken: joinToken.token,
          clusterId: install.clusterId,
          clusterName: install.clusterName,
          capabilityJwks: install.capabilityJwks,
          image: `${IMAGE}:1`,
          ...(upstreamMode && { upstreamMode }),
        }),
        podDisruptionBudget: { enabled: true },
        networkPolicy: { enabled: true },
        // This cluster has neither DNS nor addresses of services.
        hostAliases: [{ ip: cluster.hostAddress, hostnames: ['kubernetes.default.svc'] }],
        extraEnv: [
          { name: 'KUBERNETES_SERVICE_HOST', value: 'kubernetes.default.svc' },
          { name: 'KUBERNETES_SERVICE_PORT', value: String(cluster.apiServerPort) },
        ],
      };
    }

    async function kubeconfigFor(name: string): Promise<string> {
      const { token } = await developer.api.mintKubeCredential({ organization: 'demo', name });
      const through = {
        server: `${server.publicUrl}/k/demo/${name}`,
        'certificate-authority-data': btoa(server.caPem),
      };
      return JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': name,
        clusters: [{ name, cluster: through }],
        users: [{ name: 'developer', user: { token } }],
        contexts: [{ name, context: { cluster: name, user: 'developer' } }],
      });
    }

    /** Removes a release object by object, and then the namespace that it was told to make. */
    async function uninstall(): Promise<void> {
      await cluster.ok(['delete', '--ignore-not-found', '--filename=-'], listOf(await objects()));
      await cluster.ok(['delete', 'namespace', NAMESPACE]);
    }

    async function expectAsBefore(): Promise<void> {
      const after = await awaitCondition(
        async () => {
          const now = await everythingIn(cluster);
          return Object.keys(now).length <= Object.keys(before).length ? now : undefined;
        },
        { what: 'the end of what was deleted', timeoutMs: 120_000 },
      );
      expect(after).toEqual(before);
    }

    const objects = () =>
      renderer.render({ chart: 'sallyport-agent', namespace: NAMESPACE, values, kubeVersion: 'v1.20.2' });
    const apply = async () => cluster.ok(['apply', '--filename=-'], listOf(await objects()));
    const rolledOut = () =>
      cluster.ok(['--namespace', NAMESPACE, 'rollout', 'status', 'deployment/sallyport-agent', '--timeout=150s']);
    const attempt = (...words: string[]) => run(part('kubectl'), ['--kubeconfig', kubeconfig, ...words], { input: '' });
    const through = async (...words: string[]) => {
      const made = await attempt(...words);
      expect(made.code, made.stderr).toBe(0);
      return made.stdout;
    };

    it('comes up in two pods that pass the probes of the chart', async () => {
      await cluster.ok(['create', 'namespace', NAMESPACE]);
      await apply();
      await rolledOut();
    }, 240_000);

    it('carries kubectl as a person below the ceiling', async () => {
      expect(await through('get', 'pods', '--output=name')).toBe('pod/web\n');
      expect(await through('exec', 'web', '--', 'sh', '-c', 'echo from the pod')).toBe('from the pod\n');
      expect(await through('get', 'configmaps', '--namespace', NAMESPACE)).toContain('sallyport-agent-config');
      expect(await attempt('auth', 'can-i', 'delete', 'nodes')).toMatchObject({ stdout: 'no\n' });
    }, 120_000);

    it('keeps its identity through an upgrade that rolls it out anew, although the join token is used up', async () => {
      values = { ...values, joinToken: '', ceiling: ['view', 'edit'] };
      const identity = () =>
        cluster.ok([
          '--namespace',
          NAMESPACE,
          'get',
          'secret',
          'sallyport-agent-identity',
          '--output=jsonpath={.data}',
        ]);
      const kept = await identity();
      expect(kept).not.toBe('');
      await apply();
      await rolledOut();
      expect(await identity()).toBe(kept);
      await awaitCondition(async () => (await attempt('get', 'pods')).code === 0, {
        what: 'a request through the new agents',
        timeoutMs: 60_000,
      });
    }, 240_000);

    it('leaves the cluster as it was once it is uninstalled', async () => {
      expect(Object.keys(before).length).toBeGreaterThan(100);
      values = { ...values, ceiling: ['view', 'edit', 'admin'] };
      await uninstall();
      await expectAsBefore();
    }, 300_000);

    it('leaves the cluster as it was where people were bound, once it is deregistered and uninstalled', async () => {
      values = await register('bound', 'managed');
      await cluster.ok(['create', 'namespace', NAMESPACE]);
      await apply();
      await rolledOut();
      const kept = ['get', 'clusterrolebindings', '--selector=sallyport.dev/access=kept', '--output=name'];
      await awaitCondition(async () => (await cluster.ok(kept)) !== '', {
        what: 'a binding of a person',
        timeoutMs: 60_000,
      });
      writeFileSync(kubeconfig, await kubeconfigFor('bound'));
      expect(await through('get', 'pods', '--output=name')).toBe('pod/web\n');

      const place = { organization: 'demo', name: 'bound' };
      const { metadata } = await operator.api.getCluster(place);
      await operator.api.deleteCluster(place, { ifMatch: metadata.resourceVersion });
      await cluster.ok([
        '--namespace',
        NAMESPACE,
        'wait',
        '--for=delete',
        'deployment/sallyport-agent',
        '--timeout=120s',
      ]);
      expect(await cluster.ok(kept)).toBe('');
      await uninstall();
      await expectAsBefore();
    }, 300_000);
  },
);

function listOf(items: readonly ChartObject[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
