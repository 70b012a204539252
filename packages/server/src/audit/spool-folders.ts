import { mkdir, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuditSpool, openSpool } from '@sallyport/audit/spool';
import { type Clock, isId, type Logger, type ReplicaId } from '@sallyport/core';
import type { Store } from '../stores/contracts.ts';
import { StoreError } from '../stores/errors.ts';
import { type FolderLock, lockFolder } from '../stores/folder-lock.ts';

/** What spools of servers work with. */
export interface SpoolFolderOptions {
  /** Folder under which each server has a spool of its own, named after it. */
  readonly root: string;
  /** Bytes that may wait in a spool. Defaults to 1 GiB. */
  readonly maxBytes?: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const BATCH_EVENTS = 200;

/** Opens the spool of a server, for this process alone. Closing it gives the folder free, and removes it when it is empty. */
export async function openOwnSpool(options: SpoolFolderOptions, replicaId: ReplicaId): Promise<AuditSpool> {
  const folder = join(options.root, replicaId);
  return openLocked(folder, await lockFolder(folder), options);
}

/**
 * Brings to the database what servers left in their spools that did not end in order. Events that are there already are known
 * by their ids. Spools that a living process holds are left alone.
 * @throws StoreError, AuditError: then the server must not begin, for an outcome may be in there that nobody else knows
 */
export async function drainLeftSpools(options: SpoolFolderOptions, store: Pick<Store, 'appendAudit'>): Promise<void> {
  await mkdir(options.root, { recursive: true, mode: 0o700 });
  const names = await readdir(options.root);
  for (const name of names.sort()) {
    if (!isId('replica', name)) continue;
    const folder = join(options.root, name);
    const lock = await lockUnlessHeld(folder);
    if (lock === undefined) continue;
    const spool = await openLocked(folder, lock, options);
    try {
      await drain(spool, store, name, options.logger);
    } finally {
      await spool.close();
    }
  }
}

async function drain(
  spool: AuditSpool,
  store: Pick<Store, 'appendAudit'>,
  replicaId: ReplicaId,
  logger: Logger,
): Promise<void> {
  let count = 0;
  for (;;) {
    const batch = await spool.read(BATCH_EVENTS);
    if (batch.events.length > 0) await store.appendAudit(batch.events, { replicaId });
    await spool.drained(batch);
    count += batch.events.length;
    if (batch.events.length === 0) break;
  }
  if (count > 0) logger.warn({ replicaId, count }, 'drained the audit spool of a server that did not end in order');
}

async function lockUnlessHeld(folder: string): Promise<FolderLock | undefined> {
  try {
    return await lockFolder(folder);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'ERR_STORE_LOCKED') return undefined;
    throw error;
  }
}

async function openLocked(
  folder: string,
  lock: FolderLock,
  { maxBytes, clock, logger }: SpoolFolderOptions,
): Promise<AuditSpool> {
  const spool = await openSpool({ folder, ...(maxBytes !== undefined && { maxBytes }), clock, logger }).catch(
    async (error: unknown) => {
      await lock.release();
      throw error;
    },
  );
  return {
    append: (event) => spool.append(event),
    read: (maxEvents) => spool.read(maxEvents),
    drained: (batch) => spool.drained(batch),
    maxBytes: spool.maxBytes,
    get waitingBytes() {
      return spool.waitingBytes;
    },
    get failure() {
      return spool.failure;
    },
    async close() {
      try {
        await spool.close();
      } finally {
        await lock.release();
        // What is left in it is for the next start.
        await rmdir(folder).catch(() => {});
      }
    },
  };
}
