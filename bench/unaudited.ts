/** The access proxy put together from its public parts, without what is to be measured. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration, Ground } from './configurations.ts';
import { driver, startProcess } from './processes.ts';
import type { UnauditedAgentOptions } from './unaudited-agent-process.ts';

/** Starts proxy and agent with an audit sink that writes nowhere; they record terminals only when told where. */
export async function startUnaudited(
  { pki, upstreamPort }: Pick<Ground, 'pki' | 'upstreamPort'>,
  recordingsIn?: string,
): Promise<Configuration> {
  const server = startProcess(process.execPath, [
    driver('unaudited-server-process'),
    JSON.stringify({ pki, recordingsIn }),
  ]);
  const { frontPort, token, ...forAgent } = JSON.parse(await server.ready) as {
    readonly frontPort: number;
    readonly token: string;
  } & Omit<UnauditedAgentOptions, 'pki' | 'upstreamPort'>;
  const options: UnauditedAgentOptions = { ...forAgent, pki, upstreamPort };
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
