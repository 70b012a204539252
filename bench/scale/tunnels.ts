/** Many clusters, each with a tunnel: at rest, after a restart of the server, and busy. */
import { join } from 'node:path';
import { awaitCondition, startRestartable } from '../../tests/support/index.ts';
import type { LinkName } from '../configurations.ts';
import { cpuMs } from '../processes.ts';
import { say } from '../run.ts';
import type { Point, Series } from './growth.ts';
import {
  cpuAtRest,
  cpuPerSecond,
  holdingOf,
  type Installation,
  ORGANIZATION,
  program,
  type Registered,
  startInstallation,
} from './installation.ts';
import type { Sizes } from './sizes.ts';
import type { TunnelsOptions, TunnelsOrder, TunnelsState } from './tunnels-process.ts';

/** What design and issue promise of one tunnel. */
const FLOOR = { idleKiB: 150, reconnectMs: 5 } as const;
const ALL_BACK_MS = 300_000;
/** Requests under way at once, whatever the number of clusters. */
const CALLERS = 32;
/** Tunnels that are up before any figure: the first ones find code that no engine has compiled yet. */
const WARM = 20;
const PATH = '/api/v1/namespaces/default/configmaps/small';

/** Measures all that has to do with the number of clusters. */
export async function measureTunnels(
  folder: string,
  postgresUrl: string | undefined,
  sizes: Sizes,
  link: LinkName = 'grpc',
): Promise<readonly Series[]> {
  const installation = await startInstallation({ folder: join(folder, `tunnels-${link}`), postgresUrl });
  try {
    const series = await measureOn(installation, sizes, link);
    if (link === 'grpc') return series;
    return series.map((each) => ({ ...each, id: `${each.id}-${link}`, title: `over the TLS link: ${each.title}` }));
  } finally {
    await installation.close();
  }
}

async function measureOn(
  installation: Installation,
  { tunnels, busy, seconds }: Sizes,
  link: LinkName,
): Promise<readonly Series[]> {
  const clusters = await installation.register(WARM + Math.max(...tunnels, ...busy));
  say(`${clusters.length} clusters are registered`);
  const options: TunnelsOptions = {
    serverUrl: installation.url,
    caPem: installation.caPem,
    capabilityKeys: installation.capabilityKeys,
    link,
    clusters: clusters.map(({ clusterId, joinToken }) => ({ clusterId, joinToken })),
  };
  const agents = await startRestartable('agents', {
    args: [program('tunnels'), installation.writeFile('tunnels.json', options)],
    ready: /all are enrolled/,
    in: 'stdout',
    hasChannel: true,
    readyMs: 600_000,
    onEnded: (how) => say(how),
  });
  say('all are enrolled');
  let connected = 0;
  agents.program.child.on('message', (state) => {
    ({ connected } = state as TunnelsState);
  });
  const connect = async (wanted: number): Promise<number> => {
    const beganAt = performance.now();
    agents.program.child.send({ wanted } satisfies TunnelsOrder);
    await awaitCondition(() => connected === wanted, {
      what: `${wanted} tunnels are up`,
      timeoutMs: ALL_BACK_MS,
      everyMs: 20,
    });
    return (performance.now() - beganAt) / 1_000;
  };
  const figures: Record<
    'rss' | 'heap' | 'idleCpu' | 'dialCpu' | 'dialTime' | 'backCpu' | 'backTime' | 'requestCpu',
    Point[]
  > = {
    rss: [],
    heap: [],
    idleCpu: [],
    dialCpu: [],
    dialTime: [],
    backCpu: [],
    backTime: [],
    requestCpu: [],
  };
  const { server } = installation;
  try {
    for (const n of tunnels) {
      await connect(0);
      // A server that has held more before has memory to spare.
      await server.restart();
      await connect(WARM);
      // By then the first look at a cluster has loaded what it takes.
      await cpuAtRest(server);
      const empty = await holdingOf(server);
      const dialAt = performance.now();
      const dialCpu = await cpuAtRest(server);
      figures.dialTime.push({ n, value: await connect(WARM + n) });
      const all = await cpuAtRest(server);
      const dialSeconds = (performance.now() - dialAt) / 1_000;
      const held = await holdingOf(server);
      figures.rss.push({ n, value: held.rssKiB - empty.rssKiB });
      figures.heap.push({ n, value: held.heapKiB - empty.heapKiB });
      const idle = await cpuPerSecond(server, seconds);
      figures.idleCpu.push({ n, value: idle });
      // What is done for tunnels that are just there is no cost of dialling.
      figures.dialCpu.push({ n, value: all - dialCpu - idle * dialSeconds });
      say(`${n} tunnels: ${JSON.stringify(lastOf(figures))}`);

      await server.restart();
      const readyAt = performance.now();
      const readyCpu = cpuMs([server.program.pid]) ?? Number.NaN;
      await awaitCondition(() => connected === WARM + n, {
        what: `all ${n} are back`,
        timeoutMs: ALL_BACK_MS,
        everyMs: 20,
      });
      figures.backTime.push({ n, value: (performance.now() - readyAt) / 1_000 });
      const back = await cpuAtRest(server);
      figures.backCpu.push({ n, value: back - readyCpu - (idle * (performance.now() - readyAt)) / 1_000 });
      say(`${n} are back: ${JSON.stringify(lastOf(figures))}`);
    }
    for (const n of busy) {
      await connect(n);
      figures.requestCpu.push({ n, value: await cpuOfRequests(installation, clusters.slice(0, n), seconds) });
      say(`${n} are busy: ${JSON.stringify(lastOf(figures))}`);
    }
  } finally {
    await agents.stop().catch(() => {});
  }
  const items = 'tunnels';
  return [
    {
      id: 'tunnels-idle',
      title: 'server memory of idle tunnels',
      unit: 'KiB',
      items,
      points: figures.rss,
      floorEach: FLOOR.idleKiB,
    },
    { id: 'tunnels-heap', title: 'of it, live objects and buffers', unit: 'KiB', items, points: figures.heap },
    {
      id: 'tunnels-idle-cpu',
      title: 'server CPU per second with idle tunnels',
      unit: 'ms',
      items,
      points: figures.idleCpu,
    },
    {
      id: 'tunnels-dial-cpu',
      title: 'server CPU, all dial at once',
      unit: 'ms',
      items,
      points: figures.dialCpu,
      floorEach: FLOOR.reconnectMs,
    },
    {
      id: 'tunnels-dial-time',
      title: 'until all are up that dial at once',
      unit: 's',
      items,
      points: figures.dialTime,
    },
    {
      id: 'tunnels-back-cpu',
      title: 'server CPU from its restart until all are back and it rests',
      unit: 'ms',
      items,
      points: figures.backCpu,
      floorEach: FLOOR.reconnectMs,
    },
    {
      id: 'tunnels-back-time',
      title: 'from its restart until all are back',
      unit: 's',
      items,
      points: figures.backTime,
    },
    {
      id: 'clusters-busy',
      title: `server CPU of 1,000 reads, ${CALLERS} at once over all clusters`,
      unit: 'ms',
      items: 'busy clusters',
      isConstant: true,
      points: figures.requestCpu,
    },
  ];
}

const lastOf = (figures: Readonly<Record<string, readonly Point[]>>) =>
  Object.fromEntries(Object.entries(figures).map(([name, points]) => [name, Math.round(points.at(-1)?.value ?? 0)]));

/** CPU time of the server for a thousand reads that go round all clusters, in milliseconds. */
async function cpuOfRequests(
  installation: Installation,
  clusters: readonly Registered[],
  seconds: number,
): Promise<number> {
  const targets: { readonly url: string; readonly token: string }[] = [];
  for (const { name } of clusters) {
    targets.push({
      url: `${installation.url}/k/${ORGANIZATION}/${name}${PATH}`,
      token: await installation.mint(name),
    });
  }
  const load = async (forMs: number): Promise<number> => {
    const until = performance.now() + forMs;
    let [next, count] = [0, 0];
    const caller = async () => {
      while (performance.now() < until) {
        const target = targets[next % targets.length];
        next += 1;
        if (target === undefined) return;
        const headers = { authorization: `Bearer ${target.token}` };
        const answer = await installation.fetch(target.url, { headers });
        const text = await answer.text();
        if (answer.status === 200) count += 1;
        // A server that is starved of its database asks to be asked again; everything else is a fault.
        else if (answer.status !== 503) throw new Error(`${target.url} answered ${answer.status}: ${text}`);
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    return count;
  };
  await load(1_000);
  const before = await cpuAtRest(installation.server);
  const count = await load(seconds * 1_000);
  return (((await cpuAtRest(installation.server)) - before) / count) * 1_000;
}
