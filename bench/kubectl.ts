/** kubectl's own wall-clock times against a real cluster, direct and through Sallyport. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { rbacOnly, renderObjects } from '@sallyport/agent/manifest';
import { parse } from 'yaml';
import { type Configuration, startSallyport } from './configurations.ts';
import { freePort, runProcess, startProcess } from './processes.ts';
import { inRounds } from './rounds.ts';
import type { Run } from './run.ts';
import { spreadOf } from './statistics.ts';

/** Runs each figure asked for, direct and through server and agent, in turns. */
export async function measureKubectl(folder: string, run: Run): Promise<void> {
  const figures = FIGURES.filter(({ id }) => run.isWanted(id));
  if (figures.length === 0) return;
  const cluster = await openRealCluster(folder).catch((error: unknown) => {
    run.failed('kubectl', error);
    return undefined;
  });
  if (cluster === undefined) {
    return run.note('skipped: no real cluster that answers; set SALLYPORT_TEST_KUBECONFIG and SALLYPORT_TEST_IMAGE');
  }
  let sallyport: Configuration | undefined;
  try {
    const started = await startSallyport({ folder: join(folder, 'cluster'), delayMs: 0 }, cluster.agentKubeconfig);
    sallyport = started;
    for (const { id, title, unit, take } of figures) {
      const round = async () => ({
        direct: await take(cluster, cluster.adminKubeconfig),
        sallyport: await take(cluster, await writeKubeconfig(folder, started)),
      });
      const rounds = await inRounds(run.roundCount, round, (error) => run.failed(id, error));
      run.add({ title, unit, rounds });
    }
    run.note('kubectl against a real cluster has no peer and no tunnel-only column: it needs identity.');
  } finally {
    await sallyport?.close();
    await cluster.close();
  }
}

/** A real cluster with an account for the agent and a pod to speak to. */
interface RealCluster {
  readonly kubectl: string;
  readonly adminKubeconfig: string;
  readonly agentKubeconfig: string;
  readonly namespace: string;
  close(): Promise<void>;
}

/** kubectl is started this often for one figure. */
const TIMES = 7;
const FIGURES: readonly {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  take(cluster: RealCluster, kubeconfig: string): Promise<number>;
}[] = [
  {
    id: 'kubectl-get',
    title: 'kubectl get pods',
    unit: 'ms wall',
    take: (cluster, file) => timeKubectl(cluster, file, ['get', 'pods']),
  },
  {
    id: 'kubectl-exec',
    title: 'kubectl exec -- true',
    unit: 'ms wall',
    take: (cluster, file) => timeKubectl(cluster, file, ['exec', 'bench', '--', 'true']),
  },
  { id: 'port-forward', title: 'kubectl port-forward, 32 MiB', unit: 'MB/s', take: portForwardThroughput },
];

const SERVE =
  'mkdir -p /tmp/w; dd if=/dev/zero of=/tmp/w/bulk bs=1M count=32 2>/dev/null; httpd -p 8080 -h /tmp/w; sleep 86400';

/** Prepares the cluster of `SALLYPORT_TEST_KUBECONFIG`; `undefined` when there is none. */
async function openRealCluster(folder: string): Promise<RealCluster | undefined> {
  const adminKubeconfig = process.env['SALLYPORT_TEST_KUBECONFIG'];
  const image = process.env['SALLYPORT_TEST_IMAGE'];
  const program = process.env['SALLYPORT_TEST_KUBECTL'] ?? 'kubectl';
  if (!adminKubeconfig || !image) return undefined;
  const name = `sallyport-bench-${randomBytes(3).toString('hex')}`;
  const admin = (args: readonly string[], input?: string) =>
    runProcess(program, ['--kubeconfig', adminKubeconfig, ...args], input);
  const objects = renderObjects(
    rbacOnly({ namespace: name, name, ceiling: ['view', 'edit', 'admin', 'cluster-admin'] }),
  );
  await admin(['apply', '-f', '-'], objects);
  const token = (await admin(['-n', name, 'create', 'token', name, '--duration', '4h'])).trim();
  const config = parse(readFileSync(adminKubeconfig, 'utf8')) as { users: { user: object }[] };
  for (const entry of config.users) entry.user = { token };
  const agentKubeconfig = join(folder, 'agent.kubeconfig');
  writeFileSync(agentKubeconfig, JSON.stringify(config), { mode: 0o600 });
  const container = { name: 'main', image, imagePullPolicy: 'IfNotPresent', command: ['sh', '-c', SERVE] };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'bench', namespace: name },
    spec: { terminationGracePeriodSeconds: 0, containers: [container] },
  };
  await admin(['apply', '-f', '-'], JSON.stringify(pod));
  await admin(['-n', name, 'wait', '--for=condition=Ready', 'pod/bench', '--timeout=120s']);
  return {
    kubectl: program,
    adminKubeconfig,
    agentKubeconfig,
    namespace: name,
    async close() {
      await admin(['delete', '--wait=false', '--ignore-not-found', '-f', '-'], objects);
    },
  };
}

/** A kubeconfig through a configuration, with a token inside: what the warm credential shim gives kubectl. */
async function writeKubeconfig(folder: string, configuration: Configuration): Promise<string> {
  const path = join(folder, `${configuration.name}.kubeconfig`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bench',
    clusters: [
      {
        name: 'bench',
        cluster: {
          server: configuration.baseUrl,
          'certificate-authority-data': Buffer.from(configuration.caPem).toString('base64'),
        },
      },
    ],
    users: [{ name: 'bench', user: { token: await configuration.token() } }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

/** Median wall-clock time of a kubectl command, in milliseconds. */
async function timeKubectl(
  { kubectl, namespace }: RealCluster,
  kubeconfig: string,
  args: readonly string[],
): Promise<number> {
  const all: number[] = [];
  for (let i = 0; i < TIMES; i += 1) {
    const started = performance.now();
    await runProcess(kubectl, ['--kubeconfig', kubeconfig, '-n', namespace, ...args]);
    all.push(performance.now() - started);
  }
  return spreadOf(all).median;
}

/** Throughput of one download of 32 MiB through `kubectl port-forward`, in MB/s. */
async function portForwardThroughput({ kubectl, namespace }: RealCluster, kubeconfig: string): Promise<number> {
  const port = await freePort();
  const forward = startProcess(kubectl, [
    '--kubeconfig',
    kubeconfig,
    '-n',
    namespace,
    'port-forward',
    'pod/bench',
    `${port}:8080`,
  ]);
  try {
    await forward.ready;
    const started = performance.now();
    const bytes = await new Promise<number>((resolve, reject) => {
      get({ host: '127.0.0.1', port, path: '/bulk' }, (response) => {
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
        });
        response.on('end', () => resolve(size));
        response.on('error', reject);
      }).on('error', reject);
    });
    return bytes / 1e6 / ((performance.now() - started) / 1_000);
  } finally {
    await forward.stop();
  }
}
