/** Time per small read with audit, as `createServer` sets it up, against the same path with a sink that writes nowhere. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Comparison } from './comparison.ts';
import { type Configuration, type Ground, startSallyport, writeStaticKubeconfig } from './configurations.ts';
import { load } from './load.ts';
import { atRest, driver, startProcess } from './processes.ts';
import type { UnauditedAgentOptions } from './unaudited-agent-process.ts';

/** Reads at sixteen at once, audit on against off. */
export const auditCost: Comparison = {
  id: 'audit-reads',
  title: 'GET 2 KB, h1, c16, time per request',
  unit: 'ms',
  figure: 'audit on',
  baseline: 'audit off',
  async open(ground, { seconds, warmSeconds }) {
    const on = await startSallyport(ground, writeStaticKubeconfig(ground));
    const off = await startUnaudited(ground);
    const msPerRequest = async (configuration: Configuration, during: number) => {
      const options = { kind: 'small', protocol: 'h1', concurrency: 16, seconds: during } as const;
      const { perSecond } = await load(configuration, options);
      await atRest(configuration.pids);
      return 1_000 / perSecond;
    };
    for (const configuration of [on, off]) await msPerRequest(configuration, warmSeconds);
    return {
      round: async () => ({
        'audit on': await msPerRequest(on, seconds),
        'audit off': await msPerRequest(off, seconds),
      }),
      async close() {
        await on.close();
        await off.close();
      },
    };
  },
};

async function startUnaudited({ pki, upstreamPort }: Ground): Promise<Configuration> {
  const server = startProcess(process.execPath, [driver('unaudited-server-process'), JSON.stringify({ pki })]);
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
