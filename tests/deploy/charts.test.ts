import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAgentConfig } from '@sallyport/agent';
import { createServer, developmentConfig } from '@sallyport/server';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SAMPLE_MANIFEST } from '../../packages/agent/src/testing/sample-manifest.ts';
import { createTestCa } from '../../packages/agent/src/testing/test-ca.ts';
import { readConfigFile } from '../../packages/server/src/config-file.ts';
import { fetchTrusting } from '../stack/login.ts';
import { repository, temporaryFolder } from '../support/index.ts';
import { type ChartName, type ChartObject, chartFolder, createRenderer, lacksRenderer } from './render/index.ts';
import { schemaProblems } from './schema.ts';
import { VALUE_SETS } from './value-sets.ts';

const SERVER = VALUE_SETS['sallyport-server']['one replica with the embedded database'] ?? {};
const AGENT = VALUE_SETS['sallyport-agent']['as a cluster is registered'] ?? {};

/** Values that a schema refuses, with what it says and where. */
const REFUSED: readonly (readonly [ChartName, Readonly<Record<string, unknown>>, RegExp])[] = [
  ['sallyport-server', { publicUrl: 'http://sallyport.example.com' }, /^publicUrl: should match pattern/],
  ['sallyport-server', { replica: 3 }, /additional properties replica/],
  ['sallyport-server', { replicas: 0 }, /^replicas: should be >= 1/],
  ['sallyport-server', { config: { stateDir: '/tmp' } }, /^config: property name 'stateDir' is invalid/],
  ['sallyport-server', { config: { mode: 'development' } }, /^config: property name 'mode' is invalid/],
  ['sallyport-server', { image: { digest: 'latest' } }, /^image\.digest: should match pattern/],
  ['sallyport-server', { drainSeconds: '30s' }, /^drainSeconds: should be integer/],
  ['sallyport-server', { secrets: { files: { tls: 'x' } } }, /^secrets\.files: property name 'tls' is invalid/],
  ['sallyport-server', { persistence: { whenDeleted: 'Keep' } }, /^persistence\.whenDeleted: .*\["Retain","Delete"\]/],
  ['sallyport-agent', { clusterId: 'prod' }, /^clusterId: should match pattern/],
  ['sallyport-agent', { ceiling: ['system:masters'] }, /^ceiling\[0\]: .*\["view","edit","admin","cluster-admin"\]/],
  ['sallyport-agent', { upstreamMode: 'admin' }, /^upstreamMode: .*\["impersonate","managed","serviceAccounts"\]/],
  ['sallyport-agent', { proxy: { url: 'http://user:password@proxy:3128' } }, /^proxy\.url: should match pattern/],
  ['sallyport-agent', { server: { ca: '/etc/ca.pem' } }, /^server\.ca: should match pattern/],
  ['sallyport-agent', { tunnelLink: 'quic' }, /^tunnelLink: .*\["","grpc","tls"\]/],
];

describe('the schemas of the charts', () => {
  for (const [chart, sets] of Object.entries(VALUE_SETS) as [ChartName, (typeof VALUE_SETS)[ChartName]][]) {
    it(`take what ${chart} has by default, and every set of values`, () => {
      expect(schemaProblems(chart, {})).toEqual([]);
      for (const [what, values] of Object.entries(sets)) expect(schemaProblems(chart, values), what).toEqual([]);
    });

    it(`know every value of ${chart}, and no other`, () => {
      const schema = JSON.parse(readFileSync(join(chartFolder(chart), 'values.schema.json'), 'utf8'));
      const values = parse(readFileSync(join(chartFolder(chart), 'values.yaml'), 'utf8'));
      // Helm itself hands `global` to every chart.
      expect(Object.keys(schema.properties).sort()).toEqual([...Object.keys(values), 'global'].sort());
    });
  }

  for (const [chart, values, wanted] of REFUSED) {
    it(`refuse ${JSON.stringify(values)} for ${chart}`, () => {
      const base = chart === 'sallyport-server' ? SERVER : AGENT;
      expect(schemaProblems(chart, base)).toEqual([]);
      expect(schemaProblems(chart, { ...base, ...values }).some((problem) => wanted.test(problem))).toBe(true);
    });
  }
});

describe.skipIf(lacksRenderer())('the charts', () => {
  const renderer = createRenderer();
  const render = (chart: ChartName, values: Readonly<Record<string, unknown>>, kubeVersion?: string) =>
    renderer.render({ chart, values, ...(kubeVersion !== undefined && { kubeVersion }) });
  const server = async (values: Readonly<Record<string, unknown>>) => render('sallyport-server', values);

  for (const [values, words] of [
    [{ ...SERVER, publicUrl: '' }, 'publicUrl is needed'],
    [{ publicUrl: 'https://sallyport.example.com' }, 'secrets.encryptionKey.name is needed'],
    [{ ...SERVER, replicas: 2 }, 'several replicas need PostgreSQL'],
    [{ ...SERVER, autoscaling: { enabled: true } }, 'several replicas need PostgreSQL'],
    [{ ...SERVER, persistence: { enabled: false } }, 'the embedded database needs persistence.enabled'],
    [{ ...SERVER, ingress: { enabled: true } }, 'ingress.enabled needs agents.enabled'],
  ] as const) {
    it(`say of values that can't go together: ${words}`, async () => {
      await expect(server(values)).rejects.toThrow(words);
    }, 240_000);
  }

  it('say what an agent lacks', async () => {
    await expect(render('sallyport-agent', {})).rejects.toThrow('clusterId is needed');
    await expect(render('sallyport-agent', { ...AGENT, generatedRules: true })).rejects.toThrow('generatedRules');
  }, 240_000);

  for (const [chart, sets] of Object.entries(VALUE_SETS) as [ChartName, (typeof VALUE_SETS)[ChartName]][]) {
    for (const [what, values] of Object.entries(sets)) {
      it(`run ${chart} without any right that it does not need: ${what}`, async () => {
        const objects = await render(chart, values);
        const pods = objects.flatMap(({ spec }) => spec?.template?.spec ?? []);
        expect(pods).toHaveLength(1);
        for (const pod of pods) {
          expect(pod).toMatchObject({
            automountServiceAccountToken: false,
            securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
          });
          for (const word of ['hostNetwork', 'hostPID', 'hostIPC']) expect(pod).not.toHaveProperty(word);
          expect(pod.containers).toHaveLength(1);
          expect(pod.containers[0]).toMatchObject({
            livenessProbe: { httpGet: { path: '/healthz' } },
            readinessProbe: { httpGet: { path: '/readyz' } },
            resources: { requests: expect.anything(), limits: { memory: expect.any(String) } },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              runAsNonRoot: true,
              capabilities: { drop: ['ALL'] },
            },
          });
        }
        for (const account of objects.filter(({ kind }) => kind === 'ServiceAccount')) {
          expect(account['automountServiceAccountToken']).toBe(false);
        }
        if (chart === 'sallyport-server') expect(objects.filter(({ kind }) => /Role|Secret/.test(kind))).toEqual([]);
      }, 240_000);
    }
  }

  it('give the server a configuration that it takes', async () => {
    const folder = temporaryFolder('server-config');
    for (const [what, values] of Object.entries(VALUE_SETS['sallyport-server'])) {
      const objects = await server(values);
      const file = join(folder, 'server.yaml');
      writeFileSync(file, find(objects, 'ConfigMap')['data']['server.yaml']);
      const problems: string[] = [];
      const config = readConfigFile(file, problems);
      expect(problems, what).toEqual([]);
      expect(config).toMatchObject({ publicUrl: 'https://sallyport.example.com', drainTimeout: 30_000 });
      // Every file that it names is mounted, and the only folders that are written are volumes.
      const mounts: string[] = container(objects).volumeMounts.map((mount: { mountPath: string }) => mount.mountPath);
      const files = [...JSON.stringify(config).matchAll(/"(\/etc\/sallyport\/[^"]+)"/g)].map(([, path]) => path ?? '');
      for (const path of files)
        expect(
          mounts.some((mount) => path.startsWith(`${mount}/`)),
          path,
        ).toBe(true);
      expect(mounts).toEqual(expect.arrayContaining([config.stateDir, '/tmp']));
    }
  }, 240_000);

  it('give the agent a configuration that it takes', async () => {
    const values = VALUE_SETS['sallyport-agent']['a proxy with a password'] ?? {};
    const folder = temporaryFolder('agent-config');
    const keys = { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'AA', kid: 'k' }] };
    const { certificatePem: caPem } = await createTestCa();
    const objects = await render('sallyport-agent', {
      ...values,
      capabilityKeys: keys,
      server: { url: SAMPLE_MANIFEST.serverUrl, ca: caPem },
    });
    const { data } = find(objects, 'ConfigMap');
    mkdirSync(join(folder, 'etc'));
    for (const [file, text] of Object.entries<string>(data)) writeFileSync(join(folder, 'etc', file), text);
    const config = loadAgentConfig({
      argv: container(objects).args.slice(2),
      env: {},
      readFile: (path) =>
        path.startsWith('/etc/sallyport/')
          ? readFileSync(join(folder, 'etc', path.slice('/etc/sallyport/'.length)), 'utf8')
          : 'from a Secret',
    });
    expect(config).toMatchObject({
      clusterId: SAMPLE_MANIFEST.clusterId,
      identity: { kind: 'secret', namespace: 'sallyport', name: 'sallyport-agent-identity' },
      health: { host: '0.0.0.0', port: 8081 },
      drainTimeoutMs: 30_000,
    });
  }, 240_000);

  it('probe what the server serves', async () => {
    const objects = await server(SERVER);
    const { startupProbe, livenessProbe, readinessProbe } = container(objects);
    const running = await createServer({
      config: developmentConfig({ stateDir: join(temporaryFolder('probes'), 'state') }),
    });
    try {
      for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe]) {
        expect(httpGet.scheme).toBe('HTTPS');
        const answer = await fetchTrusting(running.caPem)(`${running.publicUrl}${httpGet.path}`);
        expect([httpGet.path, answer.status]).toEqual([httpGet.path, 200]);
      }
    } finally {
      await running.close();
    }
  }, 240_000);

  it('give a server that stops the time to take itself out, to drain and to end', async () => {
    const objects = await server({ ...SERVER, drainSeconds: 120, preStopSeconds: 15 });
    const { spec } = workload(objects)['spec'].template;
    expect(spec.terminationGracePeriodSeconds).toBe(15 + 120 + 20);
    expect(container(objects).lifecycle.preStop.exec.command.join(' ')).toContain('15000');
    expect(parse(find(objects, 'ConfigMap')['data']['server.yaml']).drainTimeout).toBe('120s');
  }, 240_000);

  it('replace servers without being fewer where nothing is bound to a volume', async () => {
    const objects = await server(VALUE_SETS['sallyport-server']['several replicas without volumes'] ?? {});
    expect(workload(objects)['spec'].strategy.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
  }, 240_000);

  it('let each server say where the others reach it', async () => {
    const { env, ports } = container(await server(SERVER));
    expect(env).toContainEqual({ name: 'SALLYPORT_PEER_ADDRESS', value: '$(POD_IP):7445' });
    expect(ports).toContainEqual({ name: 'peers', containerPort: 7445 });
  }, 240_000);

  it('use the APIs that the cluster has', async () => {
    const values = VALUE_SETS['sallyport-server']['as many replicas as their CPU needs'] ?? {};
    const versions = async (kubeVersion: string) =>
      (await render('sallyport-server', values, kubeVersion))
        .filter(({ kind }) => ['PodDisruptionBudget', 'HorizontalPodAutoscaler'].includes(kind))
        .map(({ apiVersion }) => apiVersion);
    expect(await versions('v1.20.2')).toEqual(['policy/v1beta1', 'autoscaling/v2beta2']);
    expect(await versions('v1.22.17-distribution.3')).toEqual(['policy/v1', 'autoscaling/v2beta2']);
    expect(await versions('v1.36.0')).toEqual(['policy/v1', 'autoscaling/v2']);
  }, 240_000);

  it('roll pods out anew when their configuration changes, and else not', async () => {
    for (const [chart, values, change] of [
      ['sallyport-server', SERVER, { drainSeconds: 31 }],
      ['sallyport-agent', AGENT, { tunnelLink: 'tls' }],
    ] as const) {
      const templateOf = async (more: object) => workload(await render(chart, { ...values, ...more }))['spec'].template;
      const checksum = (template: ChartObject) => template.metadata.annotations?.['checksum/config'];
      expect(await templateOf({})).toEqual(await templateOf({}));
      expect(checksum(await templateOf(change))).not.toBe(checksum(await templateOf({})));
    }
  }, 240_000);
});

describe.skipIf(lacksRenderer())('what the documents show', () => {
  const renderer = createRenderer();
  const yamlOf = (path: string) =>
    [...readFileSync(join(repository, path), 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) =>
      parse(text ?? ''),
    );

  it('are values that the chart of the server takes', async () => {
    const [whole, behindIngress, ...more] = yamlOf('deploy/helm/sallyport-server/README.md');
    expect(more).toEqual([]);
    for (const values of [whole, { ...whole, ...behindIngress }]) {
      expect(schemaProblems('sallyport-server', values)).toEqual([]);
      expect(await renderer.render({ chart: 'sallyport-server', values })).not.toEqual([]);
    }
  }, 240_000);

  it('is a configuration that the server takes, with the credential that its unit hands over', () => {
    const [config, ...more] = yamlOf('docs/deployment.md');
    expect(more).toEqual([]);
    const file = join(temporaryFolder('unit-config'), 'server.yaml');
    writeFileSync(file, JSON.stringify(config));
    const problems: string[] = [];
    readConfigFile(file, problems);
    expect(problems).toEqual([]);
    const unit = readFileSync(join(repository, 'deploy/systemd/sallyport-server.service'), 'utf8');
    const [, credential] = /^LoadCredential=(\w+):\/etc\/sallyport\/secrets$/m.exec(unit) ?? [];
    expect(config.encryptionKeyFile).toBe(`/run/credentials/sallyport-server.service/${credential}_encryption-key`);
  });
});

function find(objects: readonly ChartObject[], kind: string): ChartObject {
  const found = objects.find((object) => object.kind === kind);
  if (found === undefined) throw new Error(`there is no ${kind}`);
  return found;
}

function workload(objects: readonly ChartObject[]): ChartObject {
  return find(objects, objects.some(({ kind }) => kind === 'StatefulSet') ? 'StatefulSet' : 'Deployment');
}

function container(objects: readonly ChartObject[]): ChartObject {
  return workload(objects)['spec'].template.spec.containers[0];
}
