/** Many terminals, and many watches, on one cluster: through one server and two agents to the made-up cluster, by several people. */
import { join } from 'node:path';
import {
  createStreamOpener,
  type OpenStream,
  type StreamKind,
  type StreamOpener,
} from '../../tests/replicas/streams.ts';
import { awaitCondition, type RestartableProgram, start, startRestartable } from '../../tests/support/index.ts';
import { say } from '../run.ts';
import type { Point, Series } from './growth.ts';
import { cpuAtRest, holdingOf, ORGANIZATION, OWNERS, program, startInstallation } from './installation.ts';
import type { Sizes } from './sizes.ts';

/** Streams that one connection of a caller carries, as kube-apiserver allows it. */
const STREAMS_PER_CONNECTION = 100;
const OPENING_AT_ONCE = 32;
/** Streams that are open before any figure: the first ones find code that no engine has compiled yet. */
const WARM = 20;
const NAMESPACE = 'busy';

/** Opens streams of a kind, each size on a fresh server and a fresh agent. */
export async function measureStreams(
  folder: string,
  postgresUrl: string | undefined,
  kind: StreamKind,
  sizes: Sizes,
): Promise<readonly Series[]> {
  const name = kind === 'exec' ? 'terminals' : 'watches';
  const figures: Record<'server' | 'agent' | 'cpu' | 'time', Point[]> = { server: [], agent: [], cpu: [], time: [] };
  const cluster = start(process.execPath, [program('cluster')]);
  try {
    const [, json = ''] = await cluster.saw(/^(\{.*\})$/m);
    const { kubeconfig } = JSON.parse(json) as { kubeconfig: string };
    for (const n of sizes[name]) {
      const one = await measureOne({ folder: join(folder, `${name}-${n}`), postgresUrl, kind, n, kubeconfig });
      for (const [figure, points] of Object.entries(figures))
        points.push({ n, value: one[figure as keyof typeof figures] });
      say(`${n} ${name}: ${JSON.stringify(one)}`);
    }
  } finally {
    await cluster.stop();
  }
  const items = name;
  return [
    { id: `${name}-server`, title: `server memory of open ${name}`, unit: 'KiB', items, points: figures.server },
    { id: `${name}-agent`, title: `memory of both agents of open ${name}`, unit: 'KiB', items, points: figures.agent },
    { id: `${name}-cpu`, title: `server CPU of opening ${name}`, unit: 'ms', items, points: figures.cpu },
    {
      id: `${name}-time`,
      title: `opening ${name}, ${OPENING_AT_ONCE} at once`,
      unit: 's',
      items,
      points: figures.time,
    },
  ];
}

interface One {
  readonly folder: string;
  readonly postgresUrl: string | undefined;
  readonly kind: StreamKind;
  readonly n: number;
  readonly kubeconfig: string;
}

async function measureOne({ folder, postgresUrl, kind, n, kubeconfig }: One) {
  const installation = await startInstallation({ folder, postgresUrl });
  const agents: RestartableProgram[] = [];
  const openers: StreamOpener[] = [];
  try {
    const [registered] = await installation.register(1);
    if (registered === undefined) throw new Error('no cluster was registered');
    const startAgent = async (name: string, joinToken: string) => {
      const config = {
        server: installation.url,
        serverCaFile: join(folder, 'server', 'ca.pem'),
        clusterId: registered.clusterId,
        capabilityKeysFile: installation.writeFile('capability-keys', installation.capabilityKeys),
        joinTokenFile: installation.writeFile(`${name}-join-token`, joinToken),
        identityDirectory: join(folder, name),
        kubeconfig: installation.writeFile('upstream.kubeconfig', kubeconfig),
        ceiling: ['sallyport:view', 'sallyport:edit', 'sallyport:cluster-admin', 'sallyport:inventory'],
        health: 'off',
      };
      const path = installation.writeFile(`${name}.yaml`, config);
      return startRestartable(name, {
        args: ['--expose-gc', '--import', program('probe'), program('agent'), '--config', path],
        ready: /tunnel is up/,
        in: 'stdout',
        hasChannel: true,
        onEnded: (how) => say(how),
      });
    };
    agents.push(await startAgent('agent-1', registered.joinToken));
    agents.push(await startAgent('agent-2', await installation.joinToken(registered.name)));
    const tokens = await Promise.all(OWNERS.map((owner) => installation.mint(registered.name, owner)));
    const { port, caPem, server } = installation;
    const target = { port, caPem, prefix: `/k/${ORGANIZATION}/${registered.name}` };
    const agentsHold = async () => {
      let rssKiB = 0;
      for (const agent of agents) rssKiB += (await holdingOf(agent)).rssKiB;
      return rssKiB;
    };
    const connect = () => {
      const opener = createStreamOpener({ ...target, token: tokens[openers.length % tokens.length] ?? '' });
      openers.push(opener);
      return opener;
    };
    const warm = await openMany(kind, WARM, connect);
    const before = { server: await holdingOf(server), agents: await agentsHold(), cpu: await cpuAtRest(server) };
    const beganAt = performance.now();
    const open = [...warm, ...(await openMany(kind, n, connect))];
    const time = (performance.now() - beganAt) / 1_000;
    const cpu = (await cpuAtRest(server)) - before.cpu;
    const lost = open.filter(({ isOpen }) => !isOpen).length;
    if (lost > 0) throw new Error(`${lost} of ${n} streams did not stay open`);
    return {
      server: (await holdingOf(server)).rssKiB - before.server.rssKiB,
      agent: (await agentsHold()) - before.agents,
      cpu,
      time,
    };
  } finally {
    for (const opener of openers) opener.close();
    for (const agent of agents) await agent.stop().catch(() => {});
    await installation.close();
  }
}

/** Opens `count` streams, some at a time. */
async function openMany(kind: StreamKind, count: number, connect: () => StreamOpener): Promise<readonly OpenStream[]> {
  const open: OpenStream[] = [];
  let begun = 0;
  let opener: StreamOpener | undefined;
  const somebody = async () => {
    while (begun < count) {
      if (opener === undefined || begun % STREAMS_PER_CONNECTION === 0) opener = connect();
      begun += 1;
      const via = opener;
      // A server that has only just met its agent, or is starved of its database, asks to be asked again.
      const stream = await awaitCondition(() => via.open(kind, NAMESPACE), {
        what: 'a stream opens',
        everyMs: 200,
        timeoutMs: 120_000,
      });
      open.push(stream);
    }
  };
  await Promise.all(Array.from({ length: OPENING_AT_ONCE }, somebody));
  return open;
}
