/** Load by h2load (nghttp2), which takes far less of the cores that it shares than a program in Node. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadOptions, LoadResult } from './load-process.ts';
import { runProcess } from './processes.ts';
import { percentile } from './statistics.ts';

/** Streams that share a connection over HTTP/2, as client-go and browsers do. */
const STREAMS_PER_CONNECTION = 16;

/** Whether the program is there. */
export const hasH2load = spawnSync('h2load', ['--version']).status === 0;

/** Runs a load of small requests or downloads. */
export async function loadByH2load(options: Omit<LoadOptions, 'kind' | 'caPem'>): Promise<LoadResult> {
  const { url, token, protocol, concurrency, seconds } = options;
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-h2load-'));
  try {
    const log = join(folder, 'requests');
    const connections = protocol === 'h1' ? concurrency : Math.ceil(concurrency / STREAMS_PER_CONNECTION);
    const output = await runProcess('h2load', [
      ...(protocol === 'h1' ? ['--h1'] : []),
      ...['-t', '1', '-c', String(connections), '-m', String(concurrency / connections)],
      ...['-D', String(seconds), '--log-file', log],
      ...['-H', 'accept: application/json'],
      ...['-H', 'user-agent: kubectl/v1.36.0 (linux/amd64) kubernetes/abcdef0'],
      ...(token === undefined ? [] : ['-H', `authorization: Bearer ${token}`]),
      url,
    ]);
    return readOutput(output, readFileSync(log, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Reads what h2load prints, and its log: lines of start, status and microseconds, each behind a tab. Requests that were under way at
 * the end count neither as answered nor as errors; their bytes count.
 */
export function readOutput(output: string, log: string): LoadResult {
  const number = (pattern: RegExp) => Number(pattern.exec(output)?.[1] ?? Number.NaN);
  const seconds = number(/finished in ([\d.]+)s/) || number(/finished in ([\d.]+)ms/) / 1_000;
  const [ok, failed, errored] = [/(\d+) 2xx/, /(\d+) failed/, /(\d+) errored/].map(number) as [number, number, number];
  const times = log
    .split('\n')
    .map((line) => line.split('\t'))
    .filter(([, status]) => status === '200')
    .map(([, , microseconds]) => Number(microseconds) / 1_000);
  const bytes = number(/\((\d+)\) data/);
  return {
    count: ok,
    errors: failed + errored,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    perSecond: ok / seconds,
    megabytesPerSecond: bytes / 1e6 / seconds,
  };
}
