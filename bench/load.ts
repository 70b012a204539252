/** Puts a load on a configuration, in a process of its own: h2load where it is, else a program in Node. */
import type { Configuration } from './configurations.ts';
import { hasH2load, loadByH2load } from './h2load.ts';
import type { LoadOptions, LoadResult } from './load-process.ts';
import { type BenchProcess, driver, runProcess, startProcess } from './processes.ts';
import { BULK_PATH, SMALL_PATH } from './upstream.ts';

/** Runs a load to its end. Rejects when any request failed. */
export async function load(
  configuration: Configuration,
  options: Pick<LoadOptions, 'protocol' | 'concurrency' | 'seconds'> & { readonly kind: 'small' | 'bulk' },
): Promise<LoadResult> {
  const path = options.kind === 'small' ? SMALL_PATH : BULK_PATH;
  const result = await (hasH2load ? byH2load(configuration, path, options) : byNode(configuration, path, options));
  if (result.errors > 0) throw new Error(`${configuration.name}: ${result.errors} of ${result.count} requests failed`);
  return result;
}

async function byH2load(
  configuration: Configuration,
  path: string,
  options: Pick<LoadOptions, 'protocol' | 'concurrency' | 'seconds'>,
): Promise<LoadResult> {
  const token = await configuration.token();
  return loadByH2load({ ...options, url: configuration.baseUrl + path, ...(token !== undefined && { token }) });
}

async function byNode(
  configuration: Configuration,
  path: string,
  options: Omit<LoadOptions, 'url' | 'caPem' | 'token'>,
): Promise<LoadResult> {
  return JSON.parse(await runProcess(process.execPath, await command(configuration, path, options))) as LoadResult;
}

/** Starts a load that holds connections until it is stopped; resolves once all of them are under way. */
export async function startLoad(
  configuration: Configuration,
  options: Pick<LoadOptions, 'concurrency' | 'seconds' | 'bytesPerSecond'> & {
    readonly kind: 'slow' | 'watch';
    readonly path: string;
  },
): Promise<BenchProcess> {
  const { path, ...rest } = options;
  const args = await command(configuration, path, { ...rest, protocol: 'h1' });
  const running = startProcess(process.execPath, args);
  await running.ready;
  return running;
}

async function command(
  configuration: Configuration,
  path: string,
  options: Omit<LoadOptions, 'url' | 'caPem' | 'token'>,
): Promise<string[]> {
  const token = await configuration.token();
  const whole: LoadOptions = {
    ...options,
    url: configuration.baseUrl + path,
    caPem: configuration.caPem,
    ...(token !== undefined && { token }),
  };
  return [driver('load-process'), JSON.stringify(whole)];
}
