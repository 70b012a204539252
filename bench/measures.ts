/** What is measured: each a name, a unit, and how to take one figure from a configuration. */
import type { Configuration } from './configurations.ts';
import type { LoadOptions, LoadResult } from './load-process.ts';
import { cpuMs, driver, rssMiB, runProcess, startProcess } from './processes.ts';
import { BULK_PATH, SMALL_PATH } from './upstream.ts';

/** One figure that a configuration can be asked for. */
export interface Measure {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** Whether more is better; a ratio above 1 then speaks for the configuration. */
  readonly moreIsBetter: boolean;
  /** Which ground it runs on. */
  readonly ground: 'loopback' | 'delayed' | 'cluster';
  take(configuration: Configuration, seconds: number): Promise<number>;
  /** A second figure that falls out of the same load, for the processes between caller and upstream. */
  readonly cpuPerRequest?: boolean;
}

async function load(
  configuration: Configuration,
  options: Pick<LoadOptions, 'kind' | 'protocol' | 'concurrency' | 'seconds'>,
): Promise<LoadResult> {
  const token = await configuration.token();
  const path = options.kind === 'small' ? SMALL_PATH : BULK_PATH;
  const whole: LoadOptions = {
    ...options,
    url: configuration.baseUrl + path,
    caPem: configuration.caPem,
    ...(token !== undefined && { token }),
  };
  const result = JSON.parse(
    await runProcess(process.execPath, [driver('load-process'), JSON.stringify(whole)]),
  ) as LoadResult;
  if (result.errors > 0) throw new Error(`${configuration.name}: ${result.errors} of ${result.count} requests failed`);
  return result;
}

const small = (protocol: 'h1' | 'h2', concurrency: number): Measure => ({
  id: `small-${protocol}-c${concurrency}`,
  title: `GET 2 KB, ${protocol}, c${concurrency}`,
  unit: concurrency === 1 ? 'ms p50' : 'req/s',
  moreIsBetter: concurrency > 1,
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
  moreIsBetter: true,
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
    moreIsBetter: false,
    ground: 'loopback',
    take: async (configuration, seconds) => {
      const before = cpuMs(configuration.pids);
      const { count } = await load(configuration, { kind: 'small', protocol: 'h1', concurrency: 16, seconds });
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
    moreIsBetter: false,
    ground: 'loopback',
    take: slowReaders,
  },
  {
    id: 'small-20ms',
    title: 'GET 2 KB, h1, c1, 20 ms link',
    unit: 'ms p50',
    moreIsBetter: false,
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
  const token = await configuration.token();
  const options: LoadOptions = {
    kind: 'slow',
    url: configuration.baseUrl + BULK_PATH,
    caPem: configuration.caPem,
    protocol: 'h1',
    concurrency: 20,
    seconds,
    bytesPerSecond: 64 * 1024,
    ...(token !== undefined && { token }),
  };
  const readers = startProcess(process.execPath, [driver('load-process'), JSON.stringify(options)]);
  try {
    await readers.ready;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    const after = rssMiB(configuration.pids);
    if (configuration.pids.length === 0 || before === undefined || after === undefined) return Number.NaN;
    return after - before;
  } finally {
    await readers.stop();
  }
}
