/** The tunnel alone between the same two ends: what authentication, policy and audit add is the difference to Sallyport. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration, Ground, LinkName } from './configurations.ts';
import type { AgentPlace } from './pieces.ts';
import { driver, startProcess } from './processes.ts';
import { startRelay } from './relay.ts';

/** Starts both ends of the tunnel as processes of their own. */
export async function startTunnelOnly(
  { pki, upstreamPort, delayMs }: Ground,
  link: LinkName = 'grpc',
): Promise<Configuration> {
  const server = startProcess(process.execPath, [driver('tunnel-server-process'), JSON.stringify({ pki })]);
  const ports = JSON.parse(await server.ready) as { frontPort: number; gatewayPort: number };
  const relay = delayMs > 0 ? await startRelay(ports.gatewayPort, delayMs) : undefined;
  const place: AgentPlace = { pki, gatewayPort: relay?.port ?? ports.gatewayPort, upstreamPort, link };
  const agent = startProcess(process.execPath, [driver('tunnel-agent-process'), JSON.stringify(place)]);
  await agent.ready;
  return {
    name: link === 'tls' ? 'tunnel-tls' : 'tunnel',
    baseUrl: `https://127.0.0.1:${ports.frontPort}`,
    caPem: readFileSync(join(pki, 'ca.crt'), 'utf8'),
    token: async () => undefined,
    pids: [server.pid, agent.pid],
    close: async () => {
      await agent.stop();
      await server.stop();
      await relay?.close();
    },
  };
}
