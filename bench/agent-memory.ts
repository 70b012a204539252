/** Resident memory of an agent: freshly connected, and with two hundred answers that stay open, as watches do. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Comparison } from './comparison.ts';
import { type Ground, startSallyport, writeStaticKubeconfig } from './configurations.ts';
import { startLoad } from './load.ts';
import { rssMiB } from './processes.ts';
import { startWatchUpstream, WATCH_PATH } from './upstream.ts';

const STREAMS = 200;

/** Each round has an agent of its own: memory that a load once took does not all come back. */
export const agentMemory: Comparison = {
  id: 'agent-memory',
  title: 'memory of an agent',
  unit: 'MiB',
  figure: `${STREAMS} watches`,
  baseline: 'idle',
  async open(ground, { seconds }) {
    const upstream = await startWatchUpstream(ground.pki);
    let rounds = 0;
    return {
      round: () => {
        rounds += 1;
        const folder = join(ground.folder, `agent-memory-${rounds}`);
        return oneAgent({ ...ground, folder, upstreamPort: upstream.port }, seconds);
      },
      close: upstream.close,
    };
  },
};

async function oneAgent(ground: Ground, seconds: number): Promise<Record<string, number>> {
  mkdirSync(ground.folder);
  const sallyport = await startSallyport(ground, writeStaticKubeconfig(ground));
  const agentRss = async () => {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    return rssMiB(sallyport.pids.slice(1)) ?? Number.NaN;
  };
  try {
    const idle = await agentRss();
    const watches = await startLoad(sallyport, { kind: 'watch', path: WATCH_PATH, concurrency: STREAMS, seconds });
    try {
      return { idle, [agentMemory.figure]: await agentRss() };
    } finally {
      await watches.stop();
    }
  } finally {
    await sallyport.close();
  }
}
