/** What is measured side by side: the upstream alone, Sallyport's whole path, and the peer where it is present. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registerCluster } from '@sallyport/core/api';
import { logIn, type Person } from '../tests/stack/login.ts';
import type { AgentProcessOptions } from './agent-process.ts';
import { driver, freePort, startProcess } from './processes.ts';
import { startConnectProxy, startRelay } from './relay.ts';

/** What tunnels are measured over. */
export const LINKS = ['grpc', 'tls'] as const;

/** One of {@link LINKS}. */
export type LinkName = (typeof LINKS)[number];

/** One way to the upstream. */
export interface Configuration {
  readonly name: string;
  /** What stands before a path of the upstream. */
  readonly baseUrl: string;
  readonly caPem: string;
  /** A fresh bearer token, where the way asks for one. */
  token(): Promise<string | undefined>;
  /** Processes between caller and upstream. */
  readonly pids: readonly number[];
  close(): Promise<void>;
}

/** What all configurations of a run share. */
export interface Ground {
  readonly folder: string;
  readonly pki: string;
  readonly upstreamPort: number;
  /** Held back by every link between server and agent, one way, in milliseconds. 0: no relay at all. */
  readonly delayMs: number;
}

const none = async () => undefined;

/** The upstream itself; with a delay, behind a relay of its own. */
export async function startDirect({ pki, upstreamPort, delayMs }: Ground): Promise<Configuration> {
  const relay = delayMs > 0 ? await startRelay(upstreamPort, delayMs) : undefined;
  return {
    name: 'direct',
    baseUrl: `https://127.0.0.1:${relay?.port ?? upstreamPort}`,
    caPem: readFileSync(join(pki, 'ca.crt'), 'utf8'),
    token: none,
    pids: [],
    close: async () => relay?.close(),
  };
}

/** The reverse HTTP/2 tunnel in Go of `SALLYPORT_BENCH_PEERS`; `undefined` when it is absent. */
export async function startPeer({ pki, upstreamPort, delayMs }: Ground): Promise<Configuration | undefined> {
  const program = join(process.env['SALLYPORT_BENCH_PEERS'] ?? '', 'bin/go-reverse-h2');
  if (!process.env['SALLYPORT_BENCH_PEERS'] || !existsSync(program)) return undefined;
  const [front, tunnel] = [await freePort(), await freePort()];
  const shared = ['-pki', pki];
  const server = startProcess(program, [
    'server',
    '-front',
    `127.0.0.1:${front}`,
    '-tunnel',
    `127.0.0.1:${tunnel}`,
    ...shared,
  ]);
  const relay = delayMs > 0 ? await startRelay(tunnel, delayMs) : undefined;
  let agent = startAgent();
  // The agent gives up when it is there before the server.
  for (let tries = 0; ; tries += 1) {
    const isUp = await Promise.race([
      server.ready.then(() => true),
      agent.ready.then(
        () => false,
        () => false,
      ),
    ]);
    if (isUp) break;
    if (tries === 50) throw new Error('the peer did not start');
    await new Promise((resolve) => setTimeout(resolve, 100));
    agent = startAgent();
  }
  function startAgent() {
    const to = ['-tunnel', `127.0.0.1:${relay?.port ?? tunnel}`, '-upstream', `https://127.0.0.1:${upstreamPort}`];
    return startProcess(program, ['agent', ...to, ...shared]);
  }
  return {
    name: 'peer',
    baseUrl: `https://127.0.0.1:${front}`,
    caPem: readFileSync(join(pki, 'ca.crt'), 'utf8'),
    token: none,
    pids: [server.pid, agent.pid],
    close: async () => {
      await agent.stop();
      await server.stop();
      await relay?.close();
    },
  };
}

/** The whole path, with people who sign in. */
export interface Sallyport extends Configuration {
  /** Signs in somebody who administers the organization `bench`, or who has no rights in its cluster `bench`. */
  signIn(who: 'admin' | 'member'): Promise<Person>;
  /** What it keeps stands in there: the folders `server` and `agent`. */
  readonly folder: string;
}

/** Server and agent as processes of their own: authentication, policy and audit on. */
export async function startSallyport(
  ground: Pick<Ground, 'folder' | 'delayMs'>,
  kubeconfig: string,
  link: LinkName = 'grpc',
): Promise<Sallyport> {
  const name = link === 'tls' ? 'sallyport-tls' : 'sallyport';
  const folder = join(ground.folder, name);
  mkdirSync(folder, { recursive: true });
  const server = startProcess(process.execPath, [
    driver('server-process'),
    JSON.stringify({ stateDir: join(folder, 'server') }),
  ]);
  const { url, caPem, password } = JSON.parse(await server.ready) as { url: string; caPem: string; password: string };
  const signIn = (who: 'admin' | 'member') => logIn(url, caPem, `${who}@bench.test`, password);
  let admin: Person = await signIn('admin');
  const { install, joinToken } = await registerCluster(admin.api, 'bench', { name: 'bench' });
  const proxy = ground.delayMs > 0 ? await startConnectProxy(ground.delayMs) : undefined;
  const options: AgentProcessOptions = {
    serverUrl: install.serverUrl,
    caPem: install.caPem,
    clusterId: install.clusterId,
    capabilityKeys: install.capabilityJwks as unknown as AgentProcessOptions['capabilityKeys'],
    joinToken: joinToken.token,
    identityDirectory: join(folder, 'agent'),
    kubeconfig,
    tunnelLink: link,
    ...(proxy && { proxyPort: proxy.port }),
  };
  const optionsFile = join(folder, 'agent.json');
  writeFileSync(optionsFile, JSON.stringify(options), { mode: 0o600 });
  const agent = startProcess(process.execPath, [driver('agent-process'), optionsFile]);
  await agent.ready;
  const mint = async () => (await admin.api.mintKubeCredential({ organization: 'bench', name: 'bench' })).token;
  return {
    name,
    baseUrl: `${url}/k/bench/bench`,
    caPem,
    // An access token lives minutes, a run may take longer.
    token: () =>
      mint().catch(async () => {
        admin = await signIn('admin');
        return mint();
      }),
    signIn,
    folder,
    pids: [server.pid, agent.pid],
    close: async () => {
      await agent.stop();
      await server.stop();
      await proxy?.close();
    },
  };
}

/** Kubeconfig with which the agent reaches the static upstream. */
export function writeStaticKubeconfig({ folder, pki, upstreamPort }: Ground): string {
  const path = join(folder, `static-${upstreamPort}.kubeconfig`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'static',
    clusters: [
      {
        name: 'static',
        cluster: {
          server: `https://127.0.0.1:${upstreamPort}`,
          'certificate-authority-data': readFileSync(join(pki, 'ca.crt')).toString('base64'),
        },
      },
    ],
    users: [{ name: 'agent', user: { token: 'bench' } }],
    contexts: [{ name: 'static', context: { cluster: 'static', user: 'agent' } }],
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}
