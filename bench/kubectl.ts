/** kubectl's own wall-clock times against a real cluster, direct and through Sallyport. */
import { rmSync, statSync } from 'node:fs';
import { get } from 'node:http';
import { dirname, join } from 'node:path';
import { LINKS, type Sallyport, startSallyport } from './configurations.ts';
import { freePort, runProcess, startProcess } from './processes.ts';
import { onRealCluster, type RealCluster, writeKubeconfig } from './real-cluster.ts';
import { inRounds } from './rounds.ts';
import type { Run } from './run.ts';
import { spreadOf } from './statistics.ts';

/** Runs each figure asked for, direct and through server and agent, in turns. */
export async function measureKubectl(folder: string, run: Run): Promise<void> {
  const figures = FIGURES.filter(({ id }) => run.isWanted(id));
  if (figures.length === 0) return;
  await onRealCluster('kubectl', folder, run, async (cluster) => {
    const ways: Sallyport[] = [];
    try {
      for (const link of LINKS) {
        ways.push(await startSallyport({ folder: join(folder, 'cluster'), delayMs: 0 }, cluster.agentKubeconfig, link));
      }
      for (const { id, title, unit, take } of figures) {
        const round = async () => {
          const taken: Record<string, number> = { direct: await take(cluster, cluster.adminKubeconfig) };
          for (const way of ways) {
            taken[way.name] = await take(cluster, writeKubeconfig(folder, way, (await way.token()) ?? ''));
          }
          return taken;
        };
        const rounds = await inRounds(run.roundCount, round, (error) => run.failed(id, error));
        run.add({ id, title, unit, rounds });
      }
      run.note('kubectl against a real cluster has no peer and no tunnel-only column: it needs identity.');
    } finally {
      for (const way of ways) await way.close();
    }
  });
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
  {
    id: 'kubectl-cp',
    title: 'kubectl cp of 32 MiB out of a pod',
    unit: 'ms wall',
    take: async (cluster, file) => {
      const started = performance.now();
      const to = join(dirname(file), 'copied');
      await runProcess(cluster.kubectl, ['--kubeconfig', file, 'cp', `${cluster.namespace}/bench:/tmp/w/bulk`, to]);
      const took = performance.now() - started;
      const { size } = statSync(to);
      rmSync(to);
      if (size !== 32 * 2 ** 20) throw new Error(`kubectl cp copied ${size} bytes`);
      return took;
    },
  },
  { id: 'port-forward', title: 'kubectl port-forward, 32 MiB', unit: 'MB/s', take: portForwardThroughput },
];

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
