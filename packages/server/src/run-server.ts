import cluster from 'node:cluster';
import { createServer, type ServerOptions } from './server.ts';
import { keepWorkers, ownWorkerIndex, READY, workerConfig } from './workers.ts';

/** How long a server that is told to stop lets requests go on, in milliseconds. */
const DRAIN_TIMEOUT_MS = 5_000;

/** Options of {@link runServer}. */
export interface RunServerOptions extends ServerOptions {
  /** Aborted when it is to stop. */
  readonly signal: AbortSignal;
}

/**
 * Runs a server until `signal` is aborted, and lets what is under way come to its end. With several `workers` the whole program is
 * run again in each of them, as `node:cluster` does, up to this call; each must abort its `signal` at SIGTERM.
 * @throws what {@link createServer} throws; ServerError `ERR_START_WORKER`
 */
export async function runServer(options: RunServerOptions): Promise<void> {
  const { config, signal } = options;
  const { workers: count = 1 } = config;
  if (count === 1) return serve(options);
  if (cluster.isPrimary) return keepWorkers({ ...options, count, signal });
  try {
    await serve({ ...options, config: workerConfig(config, ownWorkerIndex(process.env)) });
  } finally {
    // The channel to the first process would keep this one alive.
    cluster.worker?.disconnect();
  }
}

async function serve({ signal, ...options }: RunServerOptions): Promise<void> {
  const server = await createServer(options);
  if (cluster.isWorker) process.send?.(READY);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.drain(options.config.drainTimeoutMs ?? DRAIN_TIMEOUT_MS);
  await server.close();
}
