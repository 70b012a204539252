import type { RecordedEvent } from '@sallyport/audit/recording';
import type { Clock, Logger } from '@sallyport/core';
import { type SingleRunner, startSingleRunner } from '../single-runner.ts';
import type { Store } from '../stores/contracts.ts';
import type { UnindexedRecording } from '../stores/session-contracts.ts';
import { readPrinted } from './printed-output.ts';
import type { RecordingSource } from './recording-source.ts';
import { wordsOf } from './words.ts';

/** What {@link startWordIndex} works with. */
export interface WordIndexOptions {
  readonly store: Pick<Store, 'recordings' | 'sessionSearch' | 'leases'>;
  readonly source: RecordingSource;
  readonly holder: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often the leader looks for chunks that other servers stored, in milliseconds. */
const INTERVAL_MS = 2_000;
const BATCH = 100;

/**
 * Makes what was printed searchable, on one server at a time and apart from the sessions: chunks are read back after they were
 * stored, so that no session waits for its index. One that can't be read is logged and has no words.
 */
export function startWordIndex({
  store,
  source,
  holder,
  clock,
  logger,
}: WordIndexOptions): Pick<SingleRunner, 'close'> {
  async function index(recording: UnindexedRecording): Promise<void> {
    const { id, from, to } = recording;
    const readChunk = await source.open(id);
    const read = (number: number) =>
      readChunk(number).catch((err: unknown): readonly RecordedEvent[] => {
        logger.warn(
          { err, recordingId: id, chunk: number },
          'a chunk of a recording can not be read, and not be searched',
        );
        return [];
      });
    let lead = from === 0 ? [] : await read(from - 1);
    for (let number = from; number < to && !isClosed; number += 1) {
      const chunk = await read(number);
      await store.sessionSearch.index(recording, number, wordsOf(readPrinted(chunk, lead).text));
      lead = chunk;
    }
  }

  let isClosed = false;
  const runner = startSingleRunner({
    name: 'recording-words',
    holder,
    leases: store.leases,
    intervalMs: INTERVAL_MS,
    clock,
    logger,
    async run() {
      for (let found: readonly UnindexedRecording[] = []; !isClosed; ) {
        found = await store.sessionSearch.unindexed(BATCH, found.at(-1)?.id);
        for (const recording of found)
          await index(recording).catch((err: unknown) => {
            // It stands in the way of no other one, and is tried again.
            logger.warn({ err, recordingId: recording.id }, 'a recording can not be made searchable');
          });
        if (found.length < BATCH) return;
      }
    },
  });
  const unwatch = store.recordings.watch(() => runner.wake());
  return {
    async close() {
      isClosed = true;
      unwatch();
      await runner.close();
    },
  };
}
