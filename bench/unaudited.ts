/** The access proxy put together from its public parts, without what is to be measured. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration, Ground } from './configurations.ts';
import { driver, startProcess } from './processes.ts';
import type { UnauditedAgentOptions } from './unaudited-agent-process.ts';

/** What a configuration has beside the path itself; absent: it does without. */
export interface Kept {
  /** Folder: audits to an embedded database, as `createServer` does. */
  readonly auditIn?: string;
  /** Folder: records terminals. */
  readonly recordingsIn?: string;
  /** A real cluster in place of the static upstream. */
  readonly kubeconfig?: string;
}

/** Starts proxy and agent. Absent an audit trail, events go to a sink that writes nowhere. */
export async function startUnaudited(
  { pki, upstreamPort }: Pick<Ground, 'pki' | 'upstreamPort'>,
  { kubeconfig, ...kept }: Kept = {},
): Promise<Configuration> {
  const server = startProcess(process.execPath, [driver('unaudited-server-process'), JSON.stringify({ pki, ...kept })]);
  const { frontPort, token, ...forAgent } = JSON.parse(await server.ready) as {
    readonly frontPort: number;
    readonly token: string;
  } & Omit<UnauditedAgentOptions, 'pki' | 'upstreamPort'>;
  const options: UnauditedAgentOptions = {
    ...forAgent,
    pki,
    upstreamPort,
    ...(kubeconfig !== undefined && { kubeconfig }),
  };
  const agent = startProcess(process.execPath, [driver('unaudited-agent-process'), JSON.stringify(options)]);
  await agent.ready;
  return {
    name: 'unaudited',
    baseUrl: `https://127.0.0.1:${frontPort}/k/bench/bench`,
    caPem: readFileSync(join(pki, 'ca.crt'), 'utf8'),
    token: async () => token,
    pids: [server.pid, agent.pid],
    close: async () => {
      await agent.stop();
      await server.stop();
    },
  };
}
