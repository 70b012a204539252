import type { Clock, Logger, Timer } from '@sallyport/core';
import type { SnapshotRead } from '../stores/change-feed.ts';
import type { Store } from '../stores/contracts.ts';
import { rolledBack } from '../stores/errors.ts';
import type { DatabasePast } from '../stores/past-contracts.ts';
import { type NotedRecord, notedIn, noteKey, openNotesFile, type PastMark, readNotes } from './past-notes.ts';

/** What {@link keepPast} works with. */
export interface KeepPastOptions {
  readonly store: Pick<Store, 'past' | 'changes'>;
  /** Where it notes, for this server alone. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A server that notes what it sees of its database. */
export interface KeptPast {
  /** Those of the store; what is read by them is noted. */
  readonly changes: Store['changes'];
  close(): Promise<void>;
}

/** How long the newest change that was seen may be missing from the disk, in milliseconds. */
const MARK_DELAY_MS = 1_000;

/**
 * Notes outside the database what this server has seen of it: how far it was, and every standing record that changed. A server that
 * finds less in its database than it has seen does not start: what was taken away since would be there again.
 * @throws StoreError `ERR_STORE_ROLLED_BACK`
 */
export async function keepPast({ store, folder, clock, logger }: KeepPastOptions): Promise<KeptPast> {
  const past = await store.past.read();
  const known = await readNotes(folder);
  const isSame = known !== undefined && isSamePast(known, past, await store.past.changeTime(known.seq));
  const file = await openNotesFile(folder);
  const versions = new Map<string, unknown>();
  let mark: PastMark = { database: past.databaseId, since: past.head, seq: past.head };
  let timer: Timer | undefined;
  let writing: Promise<void> = Promise.resolve();

  /** Notes a record unless its last note says the same: a login writes a person, and changes nothing of them. */
  function isNew(record: NotedRecord): boolean {
    const version = record.record === null ? null : record.record['resourceVersion'];
    if (versions.get(noteKey(record)) === version) return false;
    versions.set(noteKey(record), version);
    return true;
  }

  function write(work: () => Promise<void>): void {
    writing = writing.then(work).catch((err: unknown) => {
      // What is missing on the disk must not count as noted.
      mark = { ...mark, since: mark.seq };
      logger.error({ err, folder }, 'what the server has seen of its database could not be noted');
    });
  }

  function note(read: SnapshotRead): void {
    if (read.version <= mark.seq) return;
    const { version: seq, changedAt } = read;
    const records = notedIn(read);
    const since = records === undefined ? seq : mark.since;
    mark = { database: past.databaseId, since, seq, ...(changedAt && { at: changedAt.toISOString() }) };
    const fresh = records?.filter(isNew);
    if (fresh === undefined) {
      versions.clear();
      write(() => file.replace([]));
    } else if (fresh.length > 0) write(() => file.append(fresh));
    timer ??= clock.setTimeout(() => {
      timer = undefined;
      write(() => file.writeMark(mark));
    }, MARK_DELAY_MS);
  }

  if (isSame) {
    const { records, ...seen } = known;
    for (const record of records) isNew(record);
    mark = seen;
    await file.replace(records);
    if (past.head > seen.seq) note(await store.changes.read(seen.seq));
  } else {
    await file.replace([]);
  }
  await writing;
  await file.writeMark(mark);
  return {
    changes: {
      ...store.changes,
      async read(since) {
        const read = await store.changes.read(since);
        // Who reads everything does not hear what is gone.
        const isWhole = since === undefined && read.version > mark.seq;
        note(isWhole ? await store.changes.read(mark.seq) : read);
        return read;
      },
    },
    async close() {
      timer?.cancel();
      timer = undefined;
      write(() => file.writeMark(mark));
      await writing;
    },
  };
}

/**
 * Whether a database goes on from where a server has seen it; `false` where it is another one, or was restored since by a restore that
 * knew all that this server knows.
 * @throws StoreError `ERR_STORE_ROLLED_BACK`
 */
export function isSamePast(mark: PastMark, past: DatabasePast, changeTime: Date | undefined): boolean {
  if (mark.database !== past.databaseId) return false;
  const { restore, head } = past;
  if (restore !== undefined && mark.seq < restore.continuesAt) {
    if (mark.seq <= restore.notedUpTo) return false;
    throw rolledBack(
      `the restore of the database knew of changes up to ${restore.notedUpTo}, this server has seen ${mark.seq}`,
    );
  }
  if (head < mark.seq) {
    throw rolledBack(`the database is at change ${head}, this server has seen ${mark.seq} of it`);
  }
  if (changeTime !== undefined && mark.at !== undefined && changeTime.toISOString() !== mark.at) {
    throw rolledBack(`change ${mark.seq} of the database is another one than the one that this server has seen`);
  }
  return true;
}
