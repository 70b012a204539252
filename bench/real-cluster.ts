/** A real cluster for measures with kubectl: an account for the agent, and a pod to speak to. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rbacOnly, renderObjects } from '@sallyport/agent/manifest';
import { parse } from 'yaml';
import type { Configuration } from './configurations.ts';
import { runProcess } from './processes.ts';
import type { Run } from './run.ts';

/** A real cluster with an account for the agent, and a pod `bench` that writes a line and serves files on port 8080. */
export interface RealCluster {
  /** The program. */
  readonly kubectl: string;
  readonly adminKubeconfig: string;
  readonly agentKubeconfig: string;
  readonly namespace: string;
  close(): Promise<void>;
}

const SERVE =
  'echo up; mkdir -p /tmp/w; dd if=/dev/zero of=/tmp/w/bulk bs=1M count=32 2>/dev/null; httpd -p 8080 -h /tmp/w; sleep 86400';

/** Takes measures on the cluster of `SALLYPORT_TEST_KUBECONFIG`; notes where there is none. */
export async function onRealCluster(
  id: string,
  folder: string,
  run: Run,
  measure: (cluster: RealCluster) => Promise<void>,
): Promise<void> {
  const cluster = await openRealCluster(folder).catch((error: unknown) => {
    run.failed(id, error);
    return undefined;
  });
  if (cluster === undefined) {
    return run.note('skipped: no real cluster that answers; set SALLYPORT_TEST_KUBECONFIG and SALLYPORT_TEST_IMAGE');
  }
  try {
    await measure(cluster);
  } finally {
    await cluster.close();
  }
}

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
export function writeKubeconfig(
  folder: string,
  { name, baseUrl, caPem }: Pick<Configuration, 'name' | 'baseUrl' | 'caPem'>,
  token: string,
): string {
  const path = join(folder, `${name}.kubeconfig`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bench',
    clusters: [
      {
        name: 'bench',
        cluster: {
          server: baseUrl,
          'certificate-authority-data': Buffer.from(caPem).toString('base64'),
        },
      },
    ],
    users: [{ name: 'bench', user: { token } }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}
