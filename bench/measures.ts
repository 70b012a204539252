/** What is measured: each a name, a unit, and how to take one figure from a configuration. */
import type { Configuration } from './configurations.ts';
import { load, startLoad } from './load.ts';
import { atRest, cpuMs, rssMiB } from './processes.ts';
import { BULK_PATH } from './upstream.ts';

/** One figure that a configuration can be asked for. */
export interface Measure {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** Which ground it runs on. */
  readonly ground: 'loopback' | 'delayed';
  take(configuration: Configuration, seconds: number): Promise<number>;
}

const small = (protocol: 'h1' | 'h2', concurrency: number): Measure => ({
  id: `small-${protocol}-c${concurrency}`,
  title: `GET 2 KB, ${protocol}, c${concurrency}`,
  unit: concurrency === 1 ? 'ms p50' : 'req/s',
  ground: 'loopback',
  take: async (configuration, seconds) => {
    const result = await load(configuration, { kind: 'small', protocol, concurrency, seconds });
    return concurrency === 1 ? result.p50 : result.perSecond;
  },
});

const bulk = (concurrency: number, ground: 'loopback' | 'delayed'): Measure => ({
  id: ground === 'delayed' ? `bulk-20ms-x${concurrency}` : `bulk-x${concurrency}`,
  title: `bulk of 32 MB, h1, x${concurrency}${ground === 'delayed' ? ', 20 ms link' : ''}`,
  unit: 'MB/s',
  ground,
  take: async (configuration, seconds) =>
    (await load(configuration, { kind: 'bulk', protocol: 'h1', concurrency, seconds })).megabytesPerSecond,
});

/** All measures with a static upstream, in the order of the table. */
export const MEASURES: readonly Measure[] = [
  ...(['h1', 'h2'] as const).flatMap((protocol) => [1, 16, 64].map((concurrency) => small(protocol, concurrency))),
  {
    id: 'cpu-h1-c16',
    title: 'CPU of server and agent per GET 2 KB, h1, c16',
    unit: 'ms',
    ground: 'loopback',
    take: async (configuration, seconds) => {
      const before = cpuMs(configuration.pids);
      const { count } = await load(configuration, { kind: 'small', protocol: 'h1', concurrency: 16, seconds });
      await atRest(configuration.pids);
      const after = cpuMs(configuration.pids);
      if (configuration.pids.length === 0 || before === undefined || after === undefined) return Number.NaN;
      return (after - before) / count;
    },
  },
  bulk(1, 'loopback'),
  bulk(4, 'loopback'),
  {
    id: 'slow-readers',
    title: 'memory that 20 slow readers add, server and agent',
    unit: 'MiB',
    ground: 'loopback',
    take: slowReaders,
  },
  {
    id: 'small-20ms',
    title: 'GET 2 KB, h1, c1, 20 ms link',
    unit: 'ms p50',
    ground: 'delayed',
    take: async (configuration, seconds) =>
      (await load(configuration, { kind: 'small', protocol: 'h1', concurrency: 1, seconds })).p50,
  },
  bulk(1, 'delayed'),
  bulk(4, 'delayed'),
];

/** Growth of memory after a while of twenty readers that take 64 KiB/s each. */
async function slowReaders(configuration: Configuration, seconds: number): Promise<number> {
  const before = rssMiB(configuration.pids);
  const options = { kind: 'slow', path: BULK_PATH, concurrency: 20, seconds, bytesPerSecond: 64 * 1024 } as const;
  const readers = await startLoad(configuration, options);
  try {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    const after = rssMiB(configuration.pids);
    if (configuration.pids.length === 0 || before === undefined || after === undefined) return Number.NaN;
    return after - before;
  } finally {
    await readers.stop();
  }
}
