/**
 * One server as several processes, so that it uses several cores: workers of `node:cluster`, which share its ports. Each is a server
 * on the database like any other ({@link ServerConfig.workers}); the first process only starts them, and starts them anew.
 */
import cluster, { type Worker } from 'node:cluster';
import { join } from 'node:path';
import { type Clock, type Logger, silentLogger, sleep, systemClock } from '@sallyport/core';
import type { ServerConfig } from './config.ts';
import { ServerError } from './errors.ts';

/** What a worker says once it serves. */
export const READY = 'sallyport:ready';

const INDEX = 'SALLYPORT_WORKER_INDEX';
/** Pause before a worker that ended is started again, doubled up to the longest while it ends before it serves. */
const PAUSE_MS = { first: 1_000, longest: 30_000 } as const;

/** Which of the workers this process is, from 0 on. */
export function ownWorkerIndex(env: Readonly<Record<string, string | undefined>>): number {
  return Number(env[INDEX] ?? 0);
}

/** What a worker is told: all that the server is, with ports for its peers and its metrics and a folder for its terminals that are its own. */
export function workerConfig(config: ServerConfig, index: number): ServerConfig {
  const { peerListen, peerAddress, metricsListen, listen, stateDir } = config;
  const own = <T extends { readonly port: number }>(at: T): T => ({ ...at, port: at.port + index });
  return {
    ...config,
    // The front door leads to any of the workers, and a peer means one.
    peerListen: peerListen === undefined ? { host: listen.host, port: 0 } : own(peerListen),
    ...(metricsListen !== undefined && { metricsListen: own(metricsListen) }),
    ...(peerAddress !== undefined && { peerAddress: addressAfter(peerAddress, index) }),
    terminalsDir: join(stateDir, 'terminals', `worker-${index}`),
    pastDir: join(stateDir, 'past', `worker-${index}`),
  };
}

function addressAfter(address: string, index: number): string {
  const colon = address.lastIndexOf(':');
  return `${address.slice(0, colon)}:${Number(address.slice(colon + 1)) + index}`;
}

/** Options of {@link keepWorkers}. */
export interface WorkersOptions {
  readonly count: number;
  /** Aborted when they are to stop. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/**
 * Runs workers until `signal` is aborted: the first alone until it serves, since it sets up what all of them need, then the others.
 * One that ends without having been told to is started again. Resolves once all have ended.
 * @throws ServerError `ERR_START_WORKER` when one ends before it served for the first time; the others are stopped then
 */
export async function keepWorkers({
  count,
  signal,
  clock = systemClock,
  logger = silentLogger,
}: WorkersOptions): Promise<void> {
  const failed = new AbortController();
  const stopping = AbortSignal.any([signal, failed.signal]);
  const indexes = Array.from({ length: count }, (_, index) => index);
  const kept: Promise<void>[] = [];
  // The clock's timers keep no process alive, and there may be no worker for a while.
  const anchor = setInterval(() => {}, 2 ** 30);
  const begin = async (index: number) => {
    const keeper = keepWorker(index, { stopping, clock, logger });
    kept.push(keeper.ended);
    await keeper.served;
  };
  try {
    await begin(0);
    await Promise.all(indexes.slice(1).map(begin));
    logger.info({ workers: count }, 'all workers serve');
  } catch (error) {
    failed.abort();
    throw error;
  } finally {
    await Promise.all(kept);
    clearInterval(anchor);
  }
}

interface KeeperOptions {
  readonly stopping: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps one worker. `served` resolves once it serves for the first time, or was stopped before that. */
function keepWorker(index: number, { stopping, clock, logger }: KeeperOptions) {
  let onServed = () => {};
  let onFailed: (error: Error) => void = () => {};
  const served = new Promise<void>((resolve, reject) => {
    [onServed, onFailed] = [resolve, reject];
  });

  async function keep(): Promise<void> {
    let hasServed = false;
    let pauseMs: number = PAUSE_MS.first;
    while (!stopping.aborted) {
      const outcome = await run(index, stopping, () => {
        hasServed = true;
        pauseMs = PAUSE_MS.first;
        onServed();
      });
      if (stopping.aborted) break;
      if (!hasServed) return onFailed(notReady(index, outcome));
      logger.error({ worker: index, outcome, pauseMs }, 'a worker ended, and is started again');
      await sleep(clock, pauseMs, stopping).catch(() => {});
      pauseMs = Math.min(2 * pauseMs, PAUSE_MS.longest);
    }
    onServed();
  }

  return { served, ended: keep() };
}

/** One life of a worker; what it ended with. */
function run(index: number, stopping: AbortSignal, onReady: () => void): Promise<string> {
  const worker: Worker = cluster.fork({ [INDEX]: String(index) });
  const stop = () => void worker.process.kill('SIGTERM');
  stopping.addEventListener('abort', stop, { once: true });
  worker.on('message', (message) => {
    if (message === READY) onReady();
  });
  return new Promise((resolve) => {
    worker.once('exit', (code, signal) => {
      stopping.removeEventListener('abort', stop);
      resolve(signal ?? `exit code ${code}`);
    });
  });
}

function notReady(index: number, outcome: string): ServerError {
  return new ServerError({
    code: 'ERR_START_WORKER',
    message: `worker ${index} ended before it served (${outcome})`,
    nextStep: 'It has said why in the log, before this.',
  });
}
