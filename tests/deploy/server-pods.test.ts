import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runAgent } from '@sallyport/agent';
import { Secret } from '@sallyport/core';
import { registerCluster } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { createPostgresDatabase } from '../../packages/server/src/stores/testing.ts';
import { logIn } from '../stack/login.ts';
import { awaitCondition, lacks, type Program, part, run, start, temporaryFolder } from '../support/index.ts';
import { buildImage } from './image.ts';
import { type OwnCluster, openWay, runPod, startOwnCluster, type Way } from './own-cluster.ts';
import { type ChartObject, createRenderer, lacksRenderer } from './render/index.ts';

const IMAGE = 'sallyport.test/server';
const NAMESPACE = 'sallyport';
const OPERATOR = 'operator@demo.test';

// Two servers as their chart installs them: from their own image, on PostgreSQL, behind a balancer that follows their readiness.
describe.skipIf(lacksRenderer() || lacks('clusterKit', 'postgres', 'kubectl', 'kubectlOld'))(
  'the server, installed by its chart',
  () => {
    const folder = temporaryFolder('server-pods');
    const renderer = createRenderer();
    const password = randomBytes(18).toString('base64url');
    const stopping = new AbortController();
    const closers: (() => unknown)[] = [];
    let cluster: OwnCluster;
    let balancer: Way;
    let ready: readonly string[] = [];
    let agentDone: Promise<void> = Promise.resolve();
    let kubeconfig: string;

    beforeAll(async () => {
      const image = await buildImage('server', folder);
      cluster = await startOwnCluster(folder);
      closers.push(() => cluster.close());
      await image.archive(join(folder, 'server.tar'), `${IMAGE}:1`);
      await cluster.importImage(join(folder, 'server.tar'));
      const database = await createPostgresDatabase(part('postgres'));
      closers.push(() => database.drop());
      const { hostname, port } = new URL(database.url);
      const databaseWay = await openWay(cluster.hostAddress, () => ({ host: hostname, port: Number(port || 5432) }));
      closers.push(() => databaseWay.close());
      let turn = 0;
      balancer = await openWay(cluster.hostAddress, () => {
        const host = ready[turn++ % ready.length];
        return host === undefined ? undefined : { host, port: 7443 };
      });
      closers.push(() => balancer.close());

      const url = new URL(database.url);
      url.host = `${cluster.hostAddress}:${databaseWay.port}`;
      await cluster.ok(['create', 'namespace', NAMESPACE]);
      for (const [name, key, value] of [
        ['encryption', 'key', randomBytes(32).toString('base64')],
        ['database', 'url', url.href],
        ['people', 'password', password],
      ]) {
        const words = ['create', 'secret', 'generic', name ?? '', `--from-literal=${key}=${value}`];
        await cluster.ok(['--namespace', NAMESPACE, ...words]);
      }
      await runPod(cluster, 'web');
    }, 600_000);

    afterAll(async () => {
      stopping.abort();
      await agentDone.catch(() => undefined);
      for (const close of closers.reverse()) await close();
    }, 180_000);

    /** Addresses of the servers that are ready, a line for each change. */
    const endpoints = [
      ...['--namespace', NAMESPACE, 'get', 'endpoints', 'sallyport'],
      '--output=jsonpath={.subsets[*].addresses[*].ip}{"\\n"}',
    ];
    const objects = async (more: Readonly<Record<string, unknown>> = {}): Promise<ChartObject[]> => {
      const rendered = await renderer.render({
        chart: 'sallyport-server',
        release: 'sallyport',
        namespace: NAMESPACE,
        kubeVersion: 'v1.20.2',
        values: {
          publicUrl: `https://${cluster.hostAddress}:${balancer.port}`,
          replicas: 2,
          image: { repository: IMAGE, tag: '1' },
          secrets: {
            encryptionKey: { name: 'encryption' },
            database: { name: 'database' },
            files: { people: 'people' },
          },
          persistence: { enabled: false },
          drainSeconds: 60,
          networkPolicy: { enabled: true },
          metrics: { enabled: true },
          config: {
            organization: 'demo',
            allowedIssuerAddresses: [`${cluster.hostAddress}/32`],
            bindings: [{ role: 'owner', identityProvider: 'development', group: 'all' }],
          },
          ...more,
        },
      });
      return rendered.map((object) => (object.kind === 'ConfigMap' ? withPeople(object) : object));
    };
    const apply = async (more?: Readonly<Record<string, unknown>>) =>
      cluster.ok(
        ['apply', '--filename=-'],
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items: await objects(more) }),
      );
    const rolledOut = () =>
      cluster.ok(['--namespace', NAMESPACE, 'rollout', 'status', 'deployment/sallyport', '--timeout=170s']);
    const kubectl = (words: readonly string[]) =>
      run(part('kubectl'), ['--kubeconfig', kubeconfig, ...words], { input: '' });

    it('comes up in two pods that pass the probes of the chart, and takes people and agents', async () => {
      await apply();
      await awaitCondition(async () => (await cluster.kubectl(endpoints)).code === 0, { what: 'endpoints' });
      const follow: Program = start(part('kubectlOld'), ['--kubeconfig', cluster.kubeconfig, ...endpoints, '--watch']);
      closers.push(() => follow.stop());
      follow.child.stdout?.on('data', () => {
        const last = follow.stdout().split('\n').at(-2) ?? '';
        ready = last.split(' ').filter((address) => address !== '');
      });
      await rolledOut();
      await awaitCondition(() => ready.length === 2, { what: 'two servers that are ready', timeoutMs: 30_000 });
      const publicUrl = `https://${cluster.hostAddress}:${balancer.port}`;
      const pod = (await cluster.ok(['--namespace', NAMESPACE, 'get', 'pods', '--output=name'])).split('\n')[0] ?? '';
      const caPem = await cluster.ok([
        ...['--namespace', NAMESPACE, 'exec', pod, '--', '/usr/local/bin/node', '--print'],
        `require('node:fs').readFileSync('/var/lib/sallyport/ca.pem', 'utf8')`,
      ]);
      const { api } = await logIn(publicUrl, caPem, OPERATOR, password);
      const { install, joinToken } = await registerCluster(api, 'demo', { name: 'own' });
      let isConnected = false;
      agentDone = runAgent(
        {
          server: { url: new URL(install.serverUrl), caPem: install.caPem },
          clusterId: install.clusterId,
          capabilityKeys: install.capabilityJwks as never,
          joinToken: () => new Secret(joinToken.token),
          identity: { kind: 'file', directory: join(folder, 'agent') },
          upstream: { kind: 'kubeconfig', file: cluster.kubeconfig },
          ceiling: ['sallyport:cluster-admin', 'sallyport:inventory'],
          drainTimeoutMs: 1_000,
        },
        { signal: stopping.signal, onReady: (now) => (isConnected ||= now) },
      );
      await awaitCondition(() => isConnected, { what: 'the agent', timeoutMs: 60_000 });
      await cluster.ok([
        ...['create', 'clusterrolebinding', 'people', '--clusterrole=cluster-admin'],
        '--group=sallyport:cluster-admin',
      ]);
      const { token } = await api.mintKubeCredential({ organization: 'demo', name: 'own' });
      mkdirSync(join(folder, 'home'));
      kubeconfig = join(folder, 'home/kubeconfig');
      const through = { server: `${publicUrl}/k/demo/own`, 'certificate-authority-data': btoa(caPem) };
      writeFileSync(
        kubeconfig,
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'Config',
          'current-context': 'own',
          clusters: [{ name: 'own', cluster: through }],
          users: [{ name: 'operator', user: { token } }],
          contexts: [{ name: 'own', context: { cluster: 'own', user: 'operator' } }],
        }),
      );
      expect(await kubectl(['get', 'pods', '--output=name'])).toMatchObject({ code: 0, stdout: 'pod/web\n' });
    }, 400_000);

    it('is upgraded without a request that fails, and without the end of a terminal that is open', async () => {
      const terminal = start(
        part('kubectl'),
        ['--kubeconfig', kubeconfig, 'exec', 'web', '--', 'sh', '-c', 'echo begun; sleep 30; echo done'],
        { input: '' },
      );
      await terminal.saw(/begun/);
      const former = await podNames();
      await apply({ podAnnotations: { 'example.com/upgraded': 'true' } });
      let isOver = false;
      const upgrade = rolledOut().finally(() => {
        isOver = true;
      });
      let requests = 0;
      while (!isOver) {
        const made = await kubectl(['get', 'pods', '--output=name']);
        expect(made, made.stderr).toMatchObject({ code: 0, stdout: 'pod/web\n' });
        requests++;
      }
      await upgrade;
      expect(requests).toBeGreaterThan(5);
      expect(await terminal.ended).toMatchObject({ code: 0, stdout: 'begun\ndone\n' });
      await awaitCondition(async () => (await podNames()).every((name) => !former.includes(name)), {
        what: 'the end of the servers that were replaced',
        timeoutMs: 120_000,
      });
    }, 400_000);

    const podNames = async (): Promise<string[]> =>
      (await cluster.ok(['--namespace', NAMESPACE, 'get', 'pods', '--output=name'])).trim().split('\n');
  },
);

/** Lets somebody sign in with the development provider, which the chart refuses: nothing here can be asked for identities. */
function withPeople(object: ChartObject): ChartObject {
  const config = {
    ...parse(object['data']['server.yaml']),
    mode: 'development',
    developmentUsers: [
      { email: OPERATOR, name: 'Operator', passwordFile: '/etc/sallyport/secrets/people/password', groups: ['all'] },
    ],
  };
  return { ...object, data: { 'server.yaml': stringify(config) } };
}
