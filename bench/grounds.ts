/** All ways to the same upstream side by side, over one kind of link. */
import { mkdirSync } from 'node:fs';
import {
  type Configuration,
  type Ground,
  LINKS,
  startDirect,
  startPeer,
  startSallyport,
  writeStaticKubeconfig,
} from './configurations.ts';
import { load } from './load.ts';
import { MEASURES } from './measures.ts';
import { atRest } from './processes.ts';
import { inRounds } from './rounds.ts';
import type { Run } from './run.ts';
import { startTunnelOnly } from './tunnel-only.ts';

/** Starts every configuration, warms each, and goes A B C A B C through one measure after the other. */
export async function measureGround(kind: 'loopback' | 'delayed', ground: Ground, run: Run): Promise<void> {
  const measures = MEASURES.filter((measure) => measure.ground === kind && run.isWanted(measure.id));
  if (measures.length === 0) return;
  mkdirSync(ground.folder);
  const configurations: Configuration[] = [];
  const start = async (starting: Promise<Configuration | undefined>) => {
    const configuration = await starting;
    if (configuration !== undefined) configurations.push(configuration);
    return configuration;
  };
  try {
    await start(startDirect(ground));
    const kubeconfig = writeStaticKubeconfig(ground);
    for (const link of LINKS) {
      await start(startTunnelOnly(ground, link));
      await start(startSallyport(ground, kubeconfig, link));
    }
    if ((await start(startPeer(ground))) === undefined) {
      run.note('skipped: no peer to compare with; set SALLYPORT_BENCH_PEERS to its folder');
    }
    for (const configuration of configurations) {
      await load(configuration, { kind: 'small', protocol: 'h1', concurrency: 16, seconds: run.warmSeconds });
      await atRest(configuration.pids);
    }
    for (const { id, title, unit, take } of measures) {
      const round = async () => {
        const figures: Record<string, number> = {};
        for (const configuration of configurations) {
          figures[configuration.name] = await take(configuration, run.seconds).catch((error: unknown) => {
            run.failed(id, error);
            return Number.NaN;
          });
          await atRest(configuration.pids);
        }
        return figures;
      };
      run.add({ id, title, unit, rounds: await inRounds(run.roundCount, round, (error) => run.failed(id, error)) });
    }
  } finally {
    for (const configuration of configurations.reverse()) await configuration.close();
  }
}
