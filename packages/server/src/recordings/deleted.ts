import { type BlobStore, chunkPrefixOf } from '@sallyport/audit/recording';
import type { Clock, Logger, SessionRecordingId } from '@sallyport/core';
import { type SingleRunner, startSingleRunner } from '../single-runner.ts';
import type { Store } from '../stores/contracts.ts';
import type { Lease } from '../stores/key-contracts.ts';
import type { DeletedRecording } from '../stores/recording-contracts.ts';

/** What {@link startDeletedRecordings} works with. */
export interface DeletedRecordingsOptions {
  readonly store: Pick<Store, 'transact' | 'leases'> & { readonly recordings: Pick<Store['recordings'], 'deleted'> };
  /** Which server this is. */
  readonly holder: string;
  /** Where chunks of recordings lie, by the names that recordings know them by. */
  readonly blobStores: ReadonlyMap<string, Pick<BlobStore, 'list' | 'delete' | 'deleteUnfinished'>>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** From one look for recordings that were deleted to the next, in milliseconds. */
const INTERVAL_MS = 60_000;
const BATCH = 100;
/** What no write of our own can still be at, and how often it is looked for, in milliseconds. */
const UNFINISHED_MS = 24 * 3_600_000;

/**
 * Deletes the chunks of recordings whose rows are gone, and what writes that never ended left in the blob stores, on one server
 * at a time. Only what the database knows to be deleted is: a blob store may hold more than this installation's recordings, and
 * those of a database that was set back to an older copy. What a blob store does not delete now is tried again.
 */
export function startDeletedRecordings(options: DeletedRecordingsOptions): Pick<SingleRunner, 'close'> {
  const { store, holder, clock, logger } = options;
  let tidyAtMs = clock.monotonicMs();
  return startSingleRunner({
    name: 'deleted-recordings',
    holder,
    leases: store.leases,
    intervalMs: INTERVAL_MS,
    clock,
    logger,
    async run(lease) {
      await deleteChunksOfDeleted(options, lease);
      if (clock.monotonicMs() < tidyAtMs) return;
      tidyAtMs = clock.monotonicMs() + UNFINISHED_MS;
      await deleteUnfinished(options);
    },
  });
}

/** Deletes what can be deleted now; see {@link startDeletedRecordings}. */
export async function deleteChunksOfDeleted(options: DeletedRecordingsOptions, lease: Lease): Promise<void> {
  const { store, blobStores, logger } = options;
  // One that fails for one recording is not asked again for each of thousands.
  const failing = new Set<string>();
  const failed = (name: string, err?: unknown) => {
    failing.add(name);
    const what = 'chunks of deleted recordings lie in a blob store that can not delete them; they are tried again';
    logger.warn({ blobStore: name, ...(err !== undefined && { err }) }, what);
  };
  let after: SessionRecordingId | undefined;
  let count = 0;
  for (let found: readonly DeletedRecording[]; ; ) {
    found = await store.recordings.deleted(BATCH, after);
    for (const { id, blobStore } of found) {
      if (failing.has(blobStore)) continue;
      const blobs = blobStores.get(blobStore);
      if (blobs === undefined) {
        failed(blobStore);
        continue;
      }
      try {
        for await (const key of blobs.list(chunkPrefixOf(id))) await blobs.delete(key);
      } catch (err) {
        failed(blobStore, err);
        continue;
      }
      await store.transact(async (tx) => {
        await tx.holdLease(lease);
        await tx.recordings.forget(id);
      });
      count += 1;
    }
    after = found.at(-1)?.id;
    if (found.length < BATCH) break;
  }
  if (count > 0) logger.info({ count }, 'deleted the chunks of recordings that were deleted');
}

async function deleteUnfinished({ blobStores, clock, logger }: DeletedRecordingsOptions): Promise<void> {
  const before = new Date(clock.now() - UNFINISHED_MS);
  for (const [name, blobs] of blobStores) {
    const count = await blobs.deleteUnfinished?.(before).catch((err: unknown) => {
      logger.warn({ err, blobStore: name }, 'what unfinished writes left in a blob store could not be deleted');
    });
    if (count) logger.info({ count, blobStore: name }, 'deleted what unfinished writes had left in a blob store');
  }
}
