import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { StoreError } from '../errors.ts';
import { PGLITE_WORKER_SOURCE } from './worker-source.ts';

/** Options of {@link openPglite}. */
export interface PgliteOptions {
  /** Folder of the database, or `memory://`. */
  readonly dataDir: string;
  /** Archive of an initialised data folder; makes the first start three times as fast. Only for a new folder. */
  readonly templatePath?: string;
}

/** The embedded database, in its worker thread. Takes one query at a time; see the Kysely driver for the queue. */
export interface PgliteClient {
  query(sql: string, parameters: readonly unknown[]): Promise<PgliteResult>;
  /** Closes the database and ends the thread. Idempotent. */
  close(): Promise<void>;
}

/** Answer to one query. */
export interface PgliteResult {
  readonly rows: unknown[];
  readonly affectedRows?: number;
}

interface WorkerError {
  readonly message: string;
  readonly code?: string;
  readonly constraint?: string;
  readonly table?: string;
}

type WorkerMessage =
  | { readonly opened: true }
  | { readonly opened: false; readonly error: WorkerError }
  | { readonly id: number; readonly rows: unknown[]; readonly affectedRows?: number; readonly error?: undefined }
  | { readonly id: number; readonly error: WorkerError };

interface Pending {
  resolve(result: PgliteResult): void;
  reject(error: unknown): void;
}

/**
 * Starts the worker and opens the database. When the thread ends by itself, every pending and later query fails with
 * `ERR_STORE_CLOSED`.
 * @throws StoreError `ERR_STORE_FOLDER` when the folder can't be opened as a database
 */
export async function openPglite(options: PgliteOptions): Promise<PgliteClient> {
  const modulePath = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  // Flags of the process are not for this thread: `--input-type=module` would make another language of its source.
  const worker = new Worker(PGLITE_WORKER_SOURCE, {
    ...{ eval: true, execArgv: [] },
    workerData: { ...options, modulePath },
  });
  const pending = new Map<number, Pending>();
  let nextId = 1;
  let ended: StoreError | undefined;
  let closing: Promise<void> | undefined;

  function end(message: string, cause?: unknown): void {
    ended ??= new StoreError({
      code: 'ERR_STORE_CLOSED',
      message,
      cause,
      nextStep: 'Restart the server; everything that was acknowledged is on disk.',
    });
    for (const { reject } of pending.values()) reject(ended);
    pending.clear();
  }

  function ask(message: object): Promise<PgliteResult> {
    return new Promise((resolve, reject) => {
      if (ended !== undefined) return reject(ended);
      const id = nextId++;
      pending.set(id, { resolve, reject });
      worker.postMessage({ id, ...message });
    });
  }

  const opened = new Promise<void>((resolve, reject) => {
    worker.on('message', (message: WorkerMessage) => {
      if ('opened' in message) {
        if (message.opened) resolve();
        else reject(cannotOpen(options.dataDir, message.error));
        return;
      }
      const waiting = pending.get(message.id);
      pending.delete(message.id);
      if (message.error === undefined) waiting?.resolve(message);
      else waiting?.reject(Object.assign(new Error(message.error.message), message.error));
    });
    worker.on('error', (error) => end('the embedded database failed', error));
    worker.on('exit', () => {
      end('the embedded database has stopped');
      reject(cannotOpen(options.dataDir, ended));
    });
  });

  try {
    await opened;
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return {
    query: (sql, parameters) => ask({ sql, parameters }),
    close() {
      closing ??= (async () => {
        try {
          if (ended === undefined) await ask({ close: true });
        } finally {
          end('the store is closed');
          await worker.terminate();
        }
      })();
      return closing;
    },
  };
}

function cannotOpen(dataDir: string, cause: unknown): StoreError {
  return new StoreError({
    code: 'ERR_STORE_FOLDER',
    message: `${dataDir} can't be opened as a database`,
    cause,
    nextStep: 'Restore the folder from a backup, or start with an empty one.',
  });
}
