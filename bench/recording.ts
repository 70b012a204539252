/** Throughput of what an exec prints, through proxy and agent, with the session recorded and not. */
import { randomBytes } from 'node:crypto';
import { get } from 'node:https';
import { join } from 'node:path';
import type { Comparison } from './comparison.ts';
import type { Configuration } from './configurations.ts';
import type { ExecUpstreamOptions } from './exec-upstream-process.ts';
import { atRest, driver, runProcess, startProcess } from './processes.ts';
import { type RealCluster, writeKubeconfig } from './real-cluster.ts';
import { startUnaudited } from './unaudited.ts';

const MEBIBYTES = 64;
const EXEC_PATH = '/api/v1/namespaces/default/pods/web/exec?command=cat&stdout=true&stderr=true';

/** One session that prints as fast as it is read. */
export const recordingCost: Comparison = {
  id: 'recording',
  title: `exec that prints ${MEBIBYTES} MiB, over WebSocket, time`,
  unit: 'ms',
  figure: 'recorded',
  baseline: 'not recorded',
  async open({ folder, pki }) {
    const options: ExecUpstreamOptions = { pki, mebibytes: MEBIBYTES };
    const upstream = startProcess(process.execPath, [driver('exec-upstream-process'), JSON.stringify(options)]);
    const place = { pki, upstreamPort: Number(await upstream.ready) };
    const off = await startUnaudited(place);
    const on = await startUnaudited(place, { recordingsIn: join(folder, 'recordings') });
    for (const configuration of [on, off]) await msToPrint(configuration);
    return {
      round: async () => ({ recorded: await msToPrint(on), 'not recorded': await msToPrint(off) }),
      async close() {
        await on.close();
        await off.close();
        await upstream.stop();
      },
    };
  },
};

/** The same of kubectl and a pod of a real cluster: what people wait for. */
export const kubectlRecordingCost = (cluster: RealCluster): Comparison => ({
  id: 'recording-kubectl',
  title: `kubectl exec that prints ${MEBIBYTES} MiB, time`,
  unit: 'ms wall',
  figure: 'recorded',
  baseline: 'not recorded',
  async open(ground) {
    const { kubectl, namespace, adminKubeconfig, agentKubeconfig } = cluster;
    const off = await startUnaudited(ground, { kubeconfig: agentKubeconfig });
    const on = await startUnaudited(ground, {
      kubeconfig: agentKubeconfig,
      recordingsIn: join(ground.folder, 'recordings'),
    });
    const exec = (kubeconfig: string, command: string) => {
      const words = ['--kubeconfig', kubeconfig, '-n', namespace, 'exec', 'bench', '--', 'sh', '-c', command];
      // What it prints is not read by this program, which would be one more that shares the machine.
      return runProcess('sh', ['-c', 'exec "$0" "$@" >/dev/null', kubectl, ...words]);
    };
    await exec(adminKubeconfig, `base64 /dev/urandom | head -c ${MEBIBYTES * 1_024 * 1_024} >/tmp/text`);
    async function msToPrint(configuration: Configuration): Promise<number> {
      const { token, pids } = configuration;
      const kubeconfig = writeKubeconfig(ground.folder, configuration, (await token()) ?? '');
      const startedAt = performance.now();
      await exec(kubeconfig, 'cat /tmp/text');
      const took = performance.now() - startedAt;
      await atRest(pids);
      return took;
    }
    for (const configuration of [on, off]) await msToPrint(configuration);
    return {
      round: async () => ({ recorded: await msToPrint(on), 'not recorded': await msToPrint(off) }),
      async close() {
        await on.close();
        await off.close();
      },
    };
  },
});

/** Runs one exec and reads it to its end; resolves to how long that took. Waits then until all of it is stored. */
async function msToPrint({ baseUrl, caPem, token, pids }: Configuration): Promise<number> {
  const headers = {
    authorization: `Bearer ${await token()}`,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    'sec-websocket-protocol': 'v5.channel.k8s.io',
  };
  const startedAt = performance.now();
  const bytes = await new Promise<number>((resolve, reject) => {
    const request = get(`${baseUrl}${EXEC_PATH}`, { ca: caPem, headers, agent: false });
    request.on('error', reject);
    request.on('response', ({ statusCode }) => reject(new Error(`the exec was answered with ${statusCode}`)));
    request.on('upgrade', (_, socket, first) => {
      let count = first.length;
      socket.on('data', (chunk: Buffer) => {
        count += chunk.length;
      });
      socket.on('error', reject);
      socket.on('end', () => {
        socket.destroy();
        resolve(count);
      });
    });
  });
  if (bytes < MEBIBYTES * 1_024 * 1_024) throw new Error(`the exec ended after ${bytes} bytes`);
  const took = performance.now() - startedAt;
  await atRest(pids);
  return took;
}
