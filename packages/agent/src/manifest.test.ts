import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadAgentConfig } from './config.ts';
import {
  type AgentManifestOptions,
  type ManifestObject,
  manifestObjects,
  rbacOnly,
  renderAgentManifest,
  renderObjects,
} from './manifest.ts';
import { renderSampleManifest, SAMPLE_MANIFEST } from './testing/sample-manifest.ts';
import { createTestCa } from './testing/test-ca.ts';
import { createKubeUpstream } from './upstream/node-upstream.ts';

function find(
  objects: readonly { readonly kind: string; readonly metadata: { readonly name: string } }[],
  kind: string,
  name: string,
) {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found as unknown as Record<string, unknown>;
}

/** The right to find and remove bindings of people by their names. */
const SWEEPING = {
  apiGroups: ['rbac.authorization.k8s.io'],
  resources: ['rolebindings', 'clusterrolebindings'],
  resourceNames: [
    'sallyport-agent-access-view',
    'sallyport-agent-access-edit',
    'sallyport-agent-access-admin',
    'sallyport-agent-access-cluster-admin',
  ],
  verbs: ['get', 'list', 'delete'],
};

/** ClusterRoles of Kubernetes itself that are bound to somebody. */
function boundRoles(objects: readonly ManifestObject[]): string[] {
  return objects
    .filter(({ kind }) => kind === 'ClusterRoleBinding')
    .map((object) => (object['roleRef'] as { readonly name: string }).name)
    .filter((name) => !name.startsWith('sallyport-'));
}

describe('the install manifest', () => {
  it('is what deploy/agent.yaml shows', async () => {
    const file = new URL('../../../deploy/agent.yaml', import.meta.url);
    expect(await readFile(file, 'utf8')).toBe(renderSampleManifest());
  });

  it('lets the agent impersonate the listed groups, mark the session, keep one Secret, and remove what it names; nothing else', () => {
    const objects = manifestObjects({ ...SAMPLE_MANIFEST, ceiling: ['view'] });
    const roles = objects.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole');
    expect(roles.map(({ metadata, rules }) => [metadata.name, rules])).toEqual([
      [
        'sallyport-agent-identity',
        [
          {
            apiGroups: [''],
            resources: ['secrets'],
            resourceNames: ['sallyport-agent-identity'],
            verbs: ['get', 'patch'],
          },
        ],
      ],
      [
        'sallyport-agent-impersonate',
        [
          { apiGroups: [''], resources: ['users'], verbs: ['impersonate'] },
          {
            apiGroups: [''],
            resources: ['groups'],
            resourceNames: ['sallyport:view', 'sallyport:inventory'],
            verbs: ['impersonate'],
          },
          {
            apiGroups: ['authentication.k8s.io'],
            resources: ['userextras/sallyport.dev/session'],
            verbs: ['impersonate'],
          },
          SWEEPING,
        ],
      ],
      [
        'sallyport-agent-inventory',
        [
          { apiGroups: [''], resources: ['nodes', 'namespaces'], verbs: ['get', 'list', 'watch'] },
          { nonResourceURLs: ['/openid/v1/jwks'], verbs: ['get'] },
        ],
      ],
      [
        'sallyport-agent-uninstall',
        [
          {
            apiGroups: ['rbac.authorization.k8s.io'],
            resources: ['clusterroles'],
            resourceNames: ['sallyport-agent-impersonate', 'sallyport-agent-inventory'],
            verbs: ['delete'],
          },
          {
            apiGroups: ['rbac.authorization.k8s.io'],
            resources: ['clusterrolebindings'],
            resourceNames: [
              'sallyport-agent-impersonate',
              'sallyport-agent-view',
              'sallyport-agent-inventory',
              'sallyport-agent-edit',
              'sallyport-agent-admin',
              'sallyport-agent-cluster-admin',
            ],
            verbs: ['delete'],
          },
          SWEEPING,
          { apiGroups: [''], resources: ['namespaces'], resourceNames: ['sallyport'], verbs: ['get', 'delete'] },
          {
            apiGroups: ['rbac.authorization.k8s.io'],
            resources: ['clusterroles', 'clusterrolebindings'],
            resourceNames: ['sallyport-agent-uninstall'],
            verbs: ['get', 'patch', 'delete'],
          },
        ],
      ],
      [
        'sallyport-agent-uninstall',
        [
          {
            apiGroups: ['rbac.authorization.k8s.io'],
            resources: ['roles'],
            resourceNames: ['sallyport-agent-identity'],
            verbs: ['delete'],
          },
          {
            apiGroups: ['rbac.authorization.k8s.io'],
            resources: ['rolebindings'],
            resourceNames: ['sallyport-agent-identity'],
            verbs: ['delete'],
          },
          {
            apiGroups: [''],
            resources: ['secrets'],
            resourceNames: ['sallyport-agent-identity', 'sallyport-agent-join'],
            verbs: ['delete'],
          },
          {
            apiGroups: [''],
            resources: ['configmaps'],
            resourceNames: ['sallyport-agent-config'],
            verbs: ['delete'],
          },
          { apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['sallyport-agent'], verbs: ['delete'] },
          {
            apiGroups: [''],
            resources: ['serviceaccounts'],
            resourceNames: ['sallyport-agent'],
            verbs: ['get', 'patch', 'delete'],
          },
          {
            apiGroups: ['rbac.authorization.k8s.io'],
            resources: ['roles', 'rolebindings'],
            resourceNames: ['sallyport-agent-uninstall'],
            verbs: ['get', 'patch', 'delete'],
          },
          {
            apiGroups: [''],
            resources: ['pods', 'services', 'configmaps', 'serviceaccounts', 'persistentvolumeclaims'],
            verbs: ['list'],
          },
          { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets'], verbs: ['list'] },
          { apiGroups: ['batch'], resources: ['jobs'], verbs: ['list'] },
          { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: ['list'] },
        ],
      ],
    ]);
  });

  it('binds cluster-admin only when it is asked for', () => {
    expect(boundRoles(manifestObjects(SAMPLE_MANIFEST))).toEqual(['view', 'edit', 'admin']);
    const asked = rbacOnly({ ceiling: ['cluster-admin'] });
    expect(find(asked, 'ClusterRoleBinding', 'sallyport-agent-cluster-admin')).toMatchObject({
      roleRef: { name: 'cluster-admin' },
      subjects: [{ kind: 'Group', name: 'sallyport:cluster-admin' }],
    });
  });

  it('runs without root, privileges or a writable root, and drains before it is killed', () => {
    const deployment = find(manifestObjects(SAMPLE_MANIFEST), 'Deployment', 'sallyport-agent');
    expect(deployment).toMatchObject({
      spec: {
        strategy: { rollingUpdate: { maxUnavailable: 0 } },
        template: {
          spec: {
            automountServiceAccountToken: false,
            terminationGracePeriodSeconds: 45,
            securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [
              {
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ['ALL'] },
                },
                livenessProbe: { httpGet: { path: '/healthz' } },
                readinessProbe: { httpGet: { path: '/readyz' } },
              },
            ],
          },
        },
      },
    });
  });

  it('creates the identity Secret without data, so that applying it again keeps what is stored', () => {
    const secret = find(manifestObjects(SAMPLE_MANIFEST), 'Secret', 'sallyport-agent-identity');
    expect(Object.keys(secret)).toEqual(['apiVersion', 'kind', 'metadata', 'type']);
  });

  it('holds a configuration that the agent takes', async () => {
    const { certificatePem } = await createTestCa();
    const objects = manifestObjects({
      ...SAMPLE_MANIFEST,
      serverCaPem: certificatePem,
      capabilityJwks: { keys: [{ kid: 'k' }] },
      ceiling: ['view', 'cluster-admin'],
      proxy: { url: 'http://proxy.example:3128', secretName: 'egress' },
    });
    const { data } = find(objects, 'ConfigMap', 'sallyport-agent-config') as { data: Record<string, string> };
    const files: Record<string, string> = {
      '/var/run/secrets/sallyport/join/token': 'join',
      '/var/run/secrets/sallyport/proxy/userName': 'u\n',
      '/var/run/secrets/sallyport/proxy/password': 'p',
      '/var/run/secrets/sallyport/tunnel/token': 'projected',
    };
    for (const [name, text] of Object.entries(data)) files[`/etc/sallyport/${name}`] = text;
    const config = loadAgentConfig({
      argv: ['--config', '/etc/sallyport/agent.yaml'],
      env: {},
      readFile: (file) => files[file] ?? '',
    });
    expect(config).toMatchObject({
      server: { url: new URL('https://sallyport.example.com'), caPem: certificatePem },
      clusterId: SAMPLE_MANIFEST.clusterId,
      identity: { kind: 'secret', namespace: 'sallyport', name: 'sallyport-agent-identity' },
      ceiling: ['sallyport:view', 'sallyport:cluster-admin', 'sallyport:inventory'],
      proxy: { host: 'proxy.example', port: 3128, credentials: { userName: 'u' } },
      health: { host: '0.0.0.0', port: 8081 },
    });
    expect(config.joinToken()?.reveal()).toBe('join');
    expect(config.tunnelToken?.()).toBe('projected');
    expect(config.uninstallPlan?.rights.clusterRolePath).toMatch(/clusterroles\/sallyport-agent-uninstall$/);
  });
});

const NASTY = [
  `'"; $(touch /tmp/x) \`id\` {{ .Values.x }} \${X} %s`,
  'yes',
  '012',
  '1:30',
  'null',
  '~',
  '- a',
  '&a *a !!str',
  '# no comment',
  'a: b\n---\nkind: ClusterRoleBinding\n',
  'line\r\nbreak\ttab\u2028\u0085end ',
  '-----BEGIN X-----\n  indented\n\n',
  'ø工🚢',
];

describe('a manifest of hostile values', () => {
  for (const nasty of NASTY) {
    it(`SEC-G07 keeps ${JSON.stringify(nasty)} one value`, () => {
      const options: AgentManifestOptions = {
        ...SAMPLE_MANIFEST,
        serverUrl: nasty,
        serverCaPem: nasty,
        joinToken: nasty,
        clusterName: nasty,
        image: nasty,
        capabilityJwks: { keys: [nasty] },
        proxy: { url: nasty, secretName: nasty },
      };
      const objects = manifestObjects(options);
      // kubectl reads YAML 1.1; the two versions must agree on what every value is.
      for (const version of ['1.1', '1.2'] as const) {
        const documents = parseAllDocuments(renderAgentManifest(options), { version });
        expect(documents.map((document) => document.toJS() as unknown)).toEqual(objects);
      }
      const { data } = find(objects, 'ConfigMap', 'sallyport-agent-config') as { data: Record<string, string> };
      expect(parse(data['agent.yaml'] ?? '')).toMatchObject({ server: nasty, proxy: nasty });
    });
  }

  for (const [field, value] of [
    ['namespace', 'a/b'],
    ['namespace', 'A'],
    ['name', 'a b'],
    ['name', ''],
    ['clusterId', 'x: y'],
  ] as const) {
    it(`SEC-G07 refuses the ${field} ${JSON.stringify(value)}`, () => {
      expect(() => manifestObjects({ ...SAMPLE_MANIFEST, [field]: value })).toThrow(
        expect.objectContaining({ code: 'ERR_AGENT_MANIFEST' }),
      );
    });
  }
});

const kubeconfig = process.env['SALLYPORT_TEST_KUBECONFIG'];
if (kubeconfig === undefined) it.skip('applies to a real cluster when SALLYPORT_TEST_KUBECONFIG names one', () => {});
else describeRealCluster(kubeconfig);

function describeRealCluster(adminKubeconfig: string): void {
  const name = 'sallyport-agent-test';
  const options = { namespace: name, name, ceiling: ['view', 'edit'] as const };

  const kubectl = (args: readonly string[], input?: string) => run(['--kubeconfig', adminKubeconfig, ...args], input);

  function run(args: readonly string[], input = ''): Promise<{ code: number; stdout: string; stderr: string }> {
    return new Promise((resolve) => {
      const program = process.env['SALLYPORT_TEST_KUBECTL'] ?? 'kubectl';
      const child = execFile(program, [...args], (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
      );
      child.stdin?.end(input);
    });
  }

  describe('the RBAC part on a real cluster', () => {
    beforeAll(async () => {
      const applied = await kubectl(['apply', '-f', '-'], renderObjects(rbacOnly(options)));
      expect(applied.stderr.replace(/^Warning:.*\n/gm, '')).toBe('');
      expect(applied.code).toBe(0);
    });
    afterAll(async () => {
      await kubectl(['delete', '--wait=false', '-f', '-'], renderObjects(rbacOnly(options)));
    });

    for (const [verb, resource, want] of [
      ['impersonate', 'users/anybody', 'yes'],
      ['impersonate', 'groups/sallyport:view', 'yes'],
      ['impersonate', 'groups/sallyport:edit', 'yes'],
      ['impersonate', 'groups/sallyport:inventory', 'yes'],
      ['impersonate', 'groups/system:masters', 'no'],
      ['impersonate', 'groups/sallyport:cluster-admin', 'no'],
      ['impersonate', 'groups', 'no'],
      ['impersonate', 'serviceaccounts', 'no'],
      ['get', 'pods', 'no'],
      ['list', 'namespaces', 'no'],
      ['get', `secrets/${name}-identity -n ${name}`, 'yes'],
      ['get', `secrets/other -n ${name}`, 'no'],
      ['create', `secrets -n ${name}`, 'no'],
      ['create', 'clusterrolebindings', 'no'],
    ] as const) {
      it(`answers ${want} to ${verb} ${resource}`, async () => {
        const account = `system:serviceaccount:${name}:${name}`;
        const answer = await kubectl(['auth', 'can-i', `--as=${account}`, verb, ...resource.split(' ')]);
        expect(answer.stdout.trim()).toBe(want);
      });
    }

    it('SEC-D06 lets the service account act as people of its groups, and nobody above them', async () => {
      const request = '{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{}}';
      const tokenPath = `/api/v1/namespaces/${name}/serviceaccounts/${name}/token`;
      const issued = await kubectl(['create', '--raw', tokenPath, '-f', '-'], request);
      const { token } = (JSON.parse(issued.stdout) as { status: { token: string } }).status;
      const view = await kubectl(['config', 'view', '--raw', '--minify', '-o', 'json']);
      const { cluster } = (JSON.parse(view.stdout) as { clusters: [{ cluster: Record<string, string> }] }).clusters[0];
      const server = new URL(cluster['server'] ?? '');
      const caPem = cluster['certificate-authority-data']
        ? Buffer.from(cluster['certificate-authority-data'], 'base64').toString()
        : await readFile(cluster['certificate-authority'] ?? '', 'utf8');
      const upstream = createKubeUpstream({
        host: server.hostname,
        port: Number(server.port || '443'),
        ca: [caPem],
        token: () => token,
      });
      const statusAs = (groups: readonly string[], target: string) =>
        new Promise<number>((resolve, reject) => {
          upstream.send(
            {
              method: 'GET',
              target,
              headers: [],
              as: { user: 'ada', groups, extra: { 'sallyport.dev/session': ['s-1'] } },
              body: 'none',
              isLongRunning: false,
            },
            { onHead: ({ status }) => resolve(status), onData() {}, onEnd() {}, onError: reject },
          );
        });
      try {
        const pods = '/api/v1/namespaces/default/pods';
        const secrets = '/api/v1/namespaces/default/secrets';
        expect(await statusAs(['sallyport:view'], pods)).toBe(200);
        expect(await statusAs(['sallyport:view'], secrets)).toBe(403);
        expect(await statusAs(['sallyport:edit'], secrets)).toBe(200);
        expect(await statusAs(['sallyport:inventory'], '/api/v1/nodes')).toBe(200);
        expect(await statusAs([], pods)).toBe(403);
        expect(await statusAs(['sallyport:cluster-admin'], pods)).toBe(403);
        await expect(statusAs(['system:masters'], pods)).rejects.toMatchObject({ code: 'ERR_IMPERSONATION_INVALID' });
        // The last wall: should the agent's own check fail, the cluster still says no.
        const caFile = path.join(await mkdtemp(path.join(tmpdir(), 'agent-rbac-')), 'ca.crt');
        await writeFile(caFile, caPem);
        const direct = await run([
          '--kubeconfig=/dev/null',
          `--server=${server.origin}`,
          `--certificate-authority=${caFile}`,
          `--token=${token}`,
          '--as=ada',
          '--as-group=system:masters',
          'get',
          '--raw',
          pods,
        ]);
        await rm(path.dirname(caFile), { recursive: true });
        expect(direct.code).not.toBe(0);
        expect(direct.stderr).toContain('cannot impersonate resource "groups"');
      } finally {
        upstream.close();
      }
    });

    it('takes the whole manifest, hostile values included', async () => {
      const nasty = NASTY[0] as string;
      const manifest = renderAgentManifest({ ...SAMPLE_MANIFEST, ...options, joinToken: nasty, clusterName: nasty });
      const applied = await kubectl(['apply', '--dry-run=server', '-o', 'json', '-f', '-'], manifest);
      expect(applied.stderr.replace(/^Warning:.*\n/gm, '')).toBe('');
      const { items } = JSON.parse(applied.stdout) as { items: Parameters<typeof find>[0] };
      expect(items).toHaveLength(manifestObjects({ ...SAMPLE_MANIFEST, ...options }).length);
      const join = find(items, 'Secret', `${name}-join`) as { data: { token: string } };
      expect(Buffer.from(join.data.token, 'base64').toString()).toBe(nasty);
    });
  });
}
