import { type Clock, sleep } from '@sallyport/core';
import type { SnapshotSource } from './snapshot.ts';

/** As long as a change of another server may take to be seen here, in milliseconds. */
const MOMENT_MS = 1_000;

/**
 * Waits for what other servers have committed before, a moment at the most: before somebody is refused who may have been let in by
 * another server just now. Never rejects; whoever asks all the time shares one read of the database with everybody else.
 */
export async function refreshBriefly(snapshots: Pick<SnapshotSource, 'refresh'>, clock: Clock): Promise<void> {
  const over = new AbortController();
  const moment = sleep(clock, MOMENT_MS, over.signal).catch(() => {});
  await Promise.race([snapshots.refresh().catch(() => {}), moment]);
  over.abort();
}
