import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { type AgentConfig, loadAgentConfig, runAgent } from '@sallyport/agent';
import { type ManifestObject, manifestObjects, renderObjects } from '@sallyport/agent/manifest';
import { Secret, silentLogger, tunnelTokenAudience, type UpstreamMode } from '@sallyport/core';
import { type KindResource, registerCluster } from '@sallyport/core/api';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { awaitCondition, lacks, part, run, temporaryFolder } from '../support/index.ts';
import { startFakeCluster } from './fake-account.ts';
import { fetchTrusting, type Person } from './login.ts';
import { ORGANIZATION, type Stack, startStack } from './stack.ts';

let fake: Awaited<ReturnType<typeof startFakeCluster>>;
let stack: Stack;
let admin: Person['api'];
const agents: RunningAgent[] = [];
beforeAll(async () => {
  fake = await startFakeCluster();
  stack = await startStack({ kubeconfig: fake.kubeconfig });
  admin = (await stack.person('admin')).api;
});
afterAll(async () => {
  for (const agent of agents) agent.stop();
  await Promise.all(agents.map(({ ended }) => ended));
  await stack.close();
  await fake.cluster.close();
});

interface RunningAgent {
  /** The error that it ended with; `undefined` for an orderly end. */
  readonly ended: Promise<unknown>;
  readonly isReady: () => boolean;
  stop(): void;
}

function startAgent(config: AgentConfig): RunningAgent {
  const stopping = new AbortController();
  let isReady = false;
  const ended = runAgent(config, {
    signal: stopping.signal,
    logger: silentLogger,
    onReady: (ready) => {
      isReady = ready;
    },
  }).then(
    () => undefined,
    (error: unknown) => error,
  );
  const agent = { ended, isReady: () => isReady, stop: () => stopping.abort() };
  agents.push(agent);
  return agent;
}

const place = (name: string) => ({ organization: ORGANIZATION, name });
const healthOf = async (name: string) => (await admin.getCluster(place(name))).status.health;
const until = <T>(what: string, look: () => Promise<T>) => awaitCondition(look, { what, timeoutMs: 60_000 });
const auditOf = async (code: string, clusterId: string) =>
  (await admin.listAuditEvents({ organization: ORGANIZATION, limit: 1_000 })).items.filter(
    (event) => event.code === code && event.clusterId === clusterId,
  );

/** A registered cluster whose agent speaks to the made-up one, with its identity in a folder. */
async function aFakeCluster(name: string) {
  const { install, joinToken, cluster } = await registerCluster(admin, ORGANIZATION, { name });
  const directory = temporaryFolder();
  const config: AgentConfig = {
    server: { url: new URL(install.serverUrl), caPem: install.caPem },
    clusterId: install.clusterId,
    capabilityKeys: install.capabilityJwks as never,
    joinToken: () => new Secret(joinToken.token),
    identity: { kind: 'file', directory },
    upstream: { kind: 'kubeconfig', file: fake.kubeconfig },
    ceiling: ['sallyport:cluster-admin', 'sallyport:inventory'],
    drainTimeoutMs: 1_000,
  };
  return { config, cluster, directory };
}

describe('the agents of a cluster', () => {
  it('SEC-D01 end at once when one is revoked, and others of the cluster go on', async () => {
    const { config, cluster } = await aFakeCluster('revoked');
    const first = startAgent(config);
    await until('the first agent', async () => first.isReady());
    const { joinToken } = await admin.issueJoinToken({ ...place('revoked'), body: {} });
    const other = { ...config, joinToken: () => new Secret(joinToken.token) };
    const second = startAgent({ ...other, identity: { kind: 'file', directory: temporaryFolder() } });
    await until('the second agent', async () => second.isReady());
    const listed = await until('both agents', async () => {
      const { items } = await admin.listAgents(place('revoked'));
      return items.length === 2 && items.every(({ isConnected }) => isConnected) && items;
    });
    expect(listed).toMatchObject([
      { tunnelCount: 1, versionSkew: 'none', identity: 'unverified' },
      { tunnelCount: 1, versionSkew: 'none', identity: 'unverified' },
    ]);
    const health = await until('the health of the cluster', async () => {
      const seen = await healthOf('revoked');
      return seen.status === 'connected' && seen;
    });
    expect(health).toMatchObject({ agentIdentity: 'unverified' });

    const oldest = listed.at(-1)?.id ?? '';
    await admin.revokeAgent({ ...place('revoked'), id: oldest });
    expect(await first.ended).toMatchObject({ code: 'ERR_AGENT_REVOKED' });
    expect(second.isReady()).toBe(true);
    expect((await admin.listAgents(place('revoked'))).items.map(({ id }) => id)).toEqual([listed[0]?.id]);
    const closed = await until('the end of its tunnel in the audit log', async () =>
      (await auditOf('tunnel.closed', cluster.metadata.id)).find(({ details }) => details?.['agentId'] === oldest),
    );
    expect(closed.details?.['reason']).toContain('the agent was revoked');
    expect(await auditOf('agent.revoked', cluster.metadata.id)).toHaveLength(1);
    second.stop();
  });

  it('SEC-E17 can not come back under a later cluster of the same name', async () => {
    const { config, cluster } = await aFakeCluster('again');
    const agent = startAgent(config);
    await until('the agent', async () => agent.isReady());
    const { token } = await admin.mintKubeCredential(place('again'));
    const asPerson = () =>
      fetchTrusting(stack.server.caPem)(`${stack.server.publicUrl}/k/${ORGANIZATION}/again/api/v1/namespaces`, {
        headers: { authorization: `Bearer ${token}` },
      });
    expect((await asPerson()).status).toBe(200);

    await admin.deleteCluster(place('again'));
    expect(await agent.ended).toMatchObject({ code: 'ERR_AGENT_DEREGISTERED' });
    const later = await registerCluster(admin, ORGANIZATION, { name: 'again' });
    expect(later.cluster.metadata.id).not.toBe(cluster.metadata.id);
    expect((await asPerson()).status).toBe(403);
    const back = startAgent(config);
    const told = await back.ended;
    expect(told).toMatchObject({ code: 'ERR_AGENT_DEREGISTERED' });
    expect(inspect(told)).toContain('ERR_GATEWAY_CLUSTER_DEREGISTERED: the cluster again was deregistered');
    expect((await admin.listAgents(place('again'))).items).toEqual([]);
    expect((await healthOf('again')).status).toBe('pending');
  });

  it('are told that their cluster is gone even when their certificate has ended, and nobody else is told anything', async () => {
    const { config, directory } = await aFakeCluster('standing');
    const agent = startAgent(config);
    await until('the agent', async () => agent.isReady());
    agent.stop();
    await agent.ended;
    const stored = readFileSync(join(directory, 'identity.json'), 'utf8');
    const certificatePem = (JSON.parse(stored) as Record<string, string>)['tls.crt'] ?? '';
    expect(new X509Certificate(certificatePem).subjectAltName).toContain('sallyport://cluster/');
    const ask = async (body: unknown) => {
      const response = await fetchTrusting(stack.server.caPem)(`${stack.server.publicUrl}/agent/v1/standing`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return (await response.json()) as { readonly standing: string };
    };
    expect(await ask({ certificatePem })).toEqual({ standing: 'unknown' });
    await admin.deleteCluster(place('standing'));
    expect(await ask({ certificatePem })).toEqual({ standing: 'deregistered' });
    const lines = certificatePem.split('\n');
    const altered = [...lines.slice(0, 3), lines[4], lines[3], ...lines.slice(5)].join('\n');
    // What none of the server's own authorities has issued shows nothing about any cluster.
    expect((await ask({ certificatePem: altered })).standing).not.toBe('deregistered');
    expect(await ask({ certificatePem: stack.server.caPem })).toEqual({ standing: 'untrusted' });
    for (const body of [{ certificatePem: 1 }, {}]) expect(await ask(body)).toEqual({ standing: 'unknown' });
  });
});

const skip = lacks('cluster', 'kubectl');
describe.skipIf(skip)('an install in a real cluster', () => {
  const kubectl = async (args: readonly string[], input?: string): Promise<string> => {
    const outcome = await run(
      part('kubectl'),
      ['--kubeconfig', part('cluster'), ...args],
      input === undefined ? {} : { input },
    );
    if (outcome.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${outcome.stderr}`);
    return outcome.stdout;
  };

  // What a test that failed has left behind.
  const installed: (readonly ManifestObject[])[] = [];
  afterAll(async () => {
    for (const objects of installed) {
      await kubectl(['delete', '--ignore-not-found', '--wait=false', '-f', '-'], renderObjects(objects));
    }
  });

  /** Registers a cluster and applies its manifest, with an agent that runs here instead of in a pod. */
  async function install(
    name: string,
    spec: KindResource<'Cluster'>['spec'] = {},
    upstreamMode: UpstreamMode = 'impersonate',
    constrainedImpersonation = false,
    generatedRules = false,
  ) {
    const { install: values, joinToken, cluster } = await registerCluster(admin, ORGANIZATION, { name, spec });
    const objects = manifestObjects({
      serverUrl: values.serverUrl,
      serverCaPem: values.caPem,
      joinToken: joinToken.token,
      clusterId: values.clusterId,
      clusterName: values.clusterName,
      capabilityJwks: values.capabilityJwks,
      image: 'kcluster.local/busybox:1',
      namespace: name,
      name,
      upstreamMode,
      constrainedImpersonation,
      generatedRules,
      replicas: 0,
    });
    installed.push(objects);
    await kubectl(['apply', '-f', '-'], renderObjects(objects));
    const config = await agentConfig(name, objects, tunnelTokenAudience(values.clusterId));
    return { clusterId: values.clusterId, cluster, config, objects };
  }

  /** The configuration of the manifest, with what the kubelet would put beside it. */
  async function agentConfig(name: string, objects: readonly ManifestObject[], audience: string): Promise<AgentConfig> {
    const createToken = async (...more: readonly string[]) =>
      (await kubectl(['-n', name, 'create', 'token', name, '--duration', '1h', ...more])).trim();
    const kubeconfig = parse(readFileSync(part('cluster'), 'utf8')) as { users: { user: object }[] };
    const token = await createToken();
    for (const entry of kubeconfig.users) entry.user = { token };
    const kubeconfigFile = join(temporaryFolder(), 'agent.kubeconfig');
    writeFileSync(kubeconfigFile, JSON.stringify(kubeconfig), { mode: 0o600 });
    const { data } = objects.find(({ kind }) => kind === 'ConfigMap') as unknown as { data: Record<string, string> };
    const join_ = objects.find(({ metadata }) => metadata.name === `${name}-join`) as unknown as {
      stringData: { token: string };
    };
    const files: Record<string, string> = {
      '/var/run/secrets/sallyport/join/token': join_.stringData.token,
      '/var/run/secrets/sallyport/tunnel/token': await createToken('--audience', audience),
    };
    for (const [file, text] of Object.entries(data)) files[`/etc/sallyport/${file}`] = text;
    return loadAgentConfig({
      argv: ['--config', '/etc/sallyport/agent.yaml', '--kubeconfig', kubeconfigFile, '--health', 'off'],
      env: {},
      readFile: (file) => {
        const text = files[file];
        if (text === undefined) throw new Error(`there is no ${file}`);
        return text;
      },
    });
  }

  const CLUSTER_KINDS = 'namespaces,clusterroles,clusterrolebindings';
  const KINDS = 'deployments,configmaps,secrets,serviceaccounts,roles,rolebindings';
  const left = async (clusterId: string): Promise<string[]> => {
    const label = ['-l', `sallyport.dev/cluster=${clusterId}`, '-o', 'name', '--ignore-not-found'];
    const outside = await kubectl(['get', CLUSTER_KINDS, ...label]);
    const inside = await kubectl(['get', KINDS, '--all-namespaces', ...label]);
    return `${outside}${inside}`.split('\n').filter((line) => line !== '');
  };
  const suffix = Date.now().toString(36);

  it('shows where it runs, is inventoried, and leaves nothing behind when it is deregistered', async () => {
    const name = `life-${suffix}`;
    const { clusterId, config } = await install(name);
    const agent = startAgent(config);
    await until('the agent', async () => agent.isReady());
    const health = await until('the inventory', async () => {
      const seen = await healthOf(name);
      return seen.kubernetesVersion !== undefined && seen;
    });
    expect(health).toMatchObject({ status: 'connected', agentIdentity: 'verified', connectedAgents: 1 });
    expect(health.reason).toBeUndefined();
    const inventory = await admin.getClusterInventory(place(name));
    expect(inventory.namespaces.map((namespace) => namespace.name)).toContain(name);
    expect(inventory.nodes.length).toBe(inventory.nodeCount);

    await admin.deleteCluster(place(name));
    expect(await agent.ended).toBeUndefined();
    await until('an empty cluster', async () => (await left(clusterId)).length === 0);
    expect(await auditOf('agent.told_deregistered', clusterId)).not.toEqual([]);
  });

  for (const upstreamMode of ['managed', 'serviceAccounts'] as const) {
    it(`leaves nobody bound behind when it is deregistered (${upstreamMode})`, async () => {
      const name = `${upstreamMode === 'managed' ? 'kept' : 'accounts'}-${suffix}`;
      const elsewhere = `${name}-team`;
      await kubectl(['create', 'namespace', elsewhere]);
      try {
        const { clusterId, config } = await install(name, { agent: { upstreamMode } }, upstreamMode);
        await admin.createBinding({
          organization: ORGANIZATION,
          body: {
            apiVersion: 'sallyport.dev/v1',
            kind: 'Binding',
            metadata: { name },
            spec: {
              role: 'namespace-viewer',
              subjects: [{ kind: 'User', name: 'admin@demo.test' }],
              scope: { kind: 'clusters', clusters: [name], namespaces: { names: [elsewhere] } },
            },
          },
        });
        const agent = startAgent(config);
        await until('a binding in a namespace', async () =>
          (await left(clusterId)).includes(`rolebinding.rbac.authorization.k8s.io/${name}-access-view`),
        );
        const { status, reason } = await until('its health', async () => {
          const health = await healthOf(name);
          return health.status === 'connected' && health;
        });
        expect([status, reason]).toEqual(['connected', undefined]);
        await admin.deleteCluster(place(name));
        expect(await agent.ended).toBeUndefined();
        await until('an empty cluster', async () => (await left(clusterId)).length === 0);
      } finally {
        await kubectl(['delete', 'namespace', elsewhere, '--wait=false']);
      }
    });
  }

  for (const upstreamMode of ['impersonate', 'managed'] as const) {
    it(`SEC-D30 holds what its manifest says, what people are bound by while they have access, and in the end nothing (${upstreamMode})`, async () => {
      const name = `exact-${upstreamMode}-${suffix}`;
      const elsewhere = `${name}-team`;
      await kubectl(['create', 'namespace', elsewhere]);
      try {
        const kinds = (scope: boolean) =>
          kubectl(['api-resources', '--verbs=list', `--namespaced=${scope}`, '-o', 'name']).then((text) =>
            text
              .split('\n')
              .filter((kind) => kind !== '' && !/^(events|podmetrics|nodemetrics|componentstatuses)/.test(kind)),
          );
        const [inside, outside] = [(await kinds(true)).join(), (await kinds(false)).join()];
        /** Objects of any kind that are in either namespace or called after the installation, without those that Kubernetes makes. */
        const all = async (): Promise<string[]> => {
          const list = (...args: readonly string[]) => kubectl(['get', ...args, '-o', 'name', '--ignore-not-found']);
          const named = (await list(outside)).split('\n').filter((line) => line.includes(name));
          const within = await Promise.all([name, elsewhere].map((namespace) => list(inside, '-n', namespace)));
          return [...named, ...within.flatMap((text) => text.split('\n'))]
            .filter(
              (line) =>
                line !== '' &&
                !/kube-root-ca\.crt$|^serviceaccount\/default$|^replicaset|^secret.*-token-\w{5}$/.test(line),
            )
            .map((line) => line.replace(/^(\w+)[^/]*\//, '$1/'))
            .sort();
        };
        const { clusterId, config, objects } = await install(name, { agent: { upstreamMode } }, upstreamMode);
        const documented = [
          `namespace/${elsewhere}`,
          ...objects.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`),
        ].sort();
        const agent = startAgent(config);
        await until('its health', async () => (await healthOf(name)).status === 'connected');
        const standing = async () => (await all()).filter((object) => !/-access-/.test(object));
        expect(await standing()).toEqual(documented);

        await stack.person('viewer');
        const bound = async () => (await all()).includes(`rolebinding/${name}-access-edit`);
        const { id } = await admin.createGrant({
          organization: ORGANIZATION,
          body: {
            ...{ user: 'viewer@demo.test', role: 'developer', duration: '10m', reason: 'the shop is down' },
            scope: { kind: 'clusters', clusters: [name], namespaces: { names: [elsewhere] } },
          },
        });
        if (upstreamMode === 'managed') await until('a binding', bound);
        expect(await standing()).toEqual(documented);
        expect(await bound()).toBe(upstreamMode === 'managed');

        const rules = JSON.parse(
          await kubectl([
            'get',
            'clusterroles,roles',
            '--all-namespaces',
            '-l',
            `sallyport.dev/cluster=${clusterId}`,
            '-o',
            'json',
          ]),
        ) as { readonly items: readonly { readonly rules: readonly Readonly<Record<string, readonly string[]>>[] }[] };
        expect(rules.items.length).toBeGreaterThan(0);
        for (const rule of rules.items.flatMap((role) => role.rules))
          expect(Object.values(rule).flat()).not.toContain('*');
        const token = config.joinToken?.()?.reveal() ?? '';
        expect(token).not.toBe('');
        const holders = JSON.parse(await kubectl(['get', inside, '-n', name, '-o', 'json'])) as {
          readonly items: readonly { readonly kind: string }[];
        };
        const places = [token, Buffer.from(token).toString('base64')].flatMap((text) =>
          holders.items.filter((object) => JSON.stringify(object).includes(text)).map(({ kind }) => kind),
        );
        expect(new Set(places)).toEqual(new Set(['Secret']));

        await admin.revokeGrant({ organization: ORGANIZATION, id, body: {} });
        await until('the end of the binding', async () => !(await bound()));
        expect(await standing()).toEqual(documented);
        await admin.deleteCluster(place(name));
        expect(await agent.ended).toBeUndefined();
        await until('an empty cluster', async () => (await all()).join() === `namespace/${elsewhere}`);
        expect(await left(clusterId)).toEqual([]);
      } finally {
        await kubectl(['delete', 'namespace', elsewhere, '--wait=false']);
      }
    }, 120_000);
  }

  it('leaves no ClusterRole behind that was made of rules when it is deregistered', async () => {
    const name = `rules-${suffix}`;
    const spec = { agent: { upstreamMode: 'managed', generatedRules: true } } as const;
    const { clusterId, config } = await install(name, spec, 'managed', false, true);
    const rules = [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }];
    const head = { apiVersion: 'sallyport.dev/v1', metadata: { name } } as const;
    await admin.createRole({
      organization: ORGANIZATION,
      body: { ...head, kind: 'Role', spec: { kubernetes: { clusterRoles: ['view'], rules } } },
    });
    await admin.createBinding({
      organization: ORGANIZATION,
      body: {
        ...head,
        kind: 'Binding',
        spec: {
          role: name,
          subjects: [{ kind: 'User', name: 'admin@demo.test' }],
          scope: { kind: 'clusters', clusters: [name] },
        },
      },
    });
    const agent = startAgent(config);
    await until('a ClusterRole and a binding to it', async () => {
      const made = (await left(clusterId)).filter((line) => line.includes(`/${name}-access-rules-`));
      return made.length === 2;
    });
    await admin.deleteCluster(place(name));
    expect(await agent.ended).toBeUndefined();
    await until('an empty cluster', async () => (await left(clusterId)).length === 0);
  });

  it('says that nobody can act where the API server has no constrained impersonation', async () => {
    const name = `constrained-${suffix}`;
    const spec = { agent: { constrainedImpersonation: true } };
    const { clusterId, config } = await install(name, spec, 'impersonate', true);
    const agent = startAgent(config);
    const health = await until('the verdict', async () => {
      const seen = await healthOf(name);
      return seen.status === 'unhealthy' && seen;
    });
    expect(health.reason).toMatch(
      /installed for the mode impersonate with constrained impersonation, which the API server may not have/,
    );
    await admin.deleteCluster(place(name));
    expect(await agent.ended).toBeUndefined();
    await until('an empty cluster', async () => (await left(clusterId)).length === 0);
  });

  it('SEC-D02 lets replicas share one identity, and refuses a copy of it in another cluster', async () => {
    const name = `copy-${suffix}`;
    const { clusterId, config } = await install(name);
    const first = startAgent(config);
    await until('the first replica', async () => first.isReady());
    const second = startAgent(config);
    await until('the second replica', async () => second.isReady());
    const { items } = await until('two tunnels', async () => {
      const listed = await admin.listAgents(place(name));
      return listed.items[0]?.tunnelCount === 2 && listed;
    });
    expect(items).toMatchObject([{ identity: 'verified', tunnelCount: 2 }]);

    // What a copy has: certificate and key. What it can not get: a token of this cluster's issuer.
    const elsewhere = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const forged = await new SignJWT({})
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer('https://kubernetes.default.svc')
      .setSubject(`system:serviceaccount:${name}:${name}`)
      .setAudience(tunnelTokenAudience(config.clusterId as never))
      .setExpirationTime('1h')
      .sign(elsewhere.privateKey);
    for (const tunnelToken of [() => forged, () => undefined]) {
      const before = (await auditOf('tunnel.refused', clusterId)).length;
      const copy = startAgent({ ...config, tunnelToken });
      await until('a refusal', async () => (await auditOf('tunnel.refused', clusterId)).length > before);
      copy.stop();
      await copy.ended;
    }
    const refused = await auditOf('tunnel.refused', clusterId);
    expect(refused[0]).toMatchObject({
      severity: 'critical',
      details: { reason: expect.stringMatching(/does not show that it runs in the cluster/) },
    });
    expect((await healthOf(name)).connectedAgents).toBe(2);
    expect([first.isReady(), second.isReady()]).toEqual([true, true]);

    // Both replicas are told, and the namespace stays for what else is in it.
    await kubectl(['-n', name, 'create', 'configmap', 'foreign']);
    await admin.deleteCluster(place(name));
    await Promise.race([first.ended, second.ended]);
    await until('only the namespace', async () => (await left(clusterId)).join() === `namespace/${name}`);
    expect(await kubectl(['-n', name, 'get', 'configmap', 'foreign', '-o', 'name'])).toBe('configmap/foreign\n');
    await kubectl(['delete', 'namespace', name, '--wait=false']);
  });

  it('SEC-D30 SEC-E11 removes itself when it comes back to a cluster that was deregistered while it was away', async () => {
    const name = `away-${suffix}`;
    const { clusterId, config } = await install(name);
    const before = startAgent(config);
    await until('the agent', async () => before.isReady());
    before.stop();
    await before.ended;
    await admin.deleteCluster(place(name));
    expect((await left(clusterId)).length).toBeGreaterThan(10);
    const after = startAgent(config);
    expect(await after.ended).toBeUndefined();
    expect(after.isReady()).toBe(false);
    await until('an empty cluster', async () => (await left(clusterId)).length === 0);
  });

  it('stays when its objects are to be kept', async () => {
    const name = `kept-${suffix}`;
    const { clusterId, config } = await install(name, { agent: { keepObjects: true } });
    const agent = startAgent(config);
    await until('the agent', async () => agent.isReady());
    const all = await left(clusterId);
    await admin.deleteCluster(place(name));
    expect(await agent.ended).toMatchObject({ code: 'ERR_AGENT_REVOKED' });
    expect(await left(clusterId)).toEqual(all);
    await kubectl(['delete', 'clusterroles,clusterrolebindings', '-l', `sallyport.dev/cluster=${clusterId}`]);
    await kubectl(['delete', 'namespace', name, '--wait=false']);
  });
});
