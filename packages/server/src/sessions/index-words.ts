import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RecordedEvent } from '@sallyport/audit/recording';
import { type Clock, type Logger, sleep } from '@sallyport/core';
import { type SingleRunner, startSingleRunner } from '../single-runner.ts';
import type { Store } from '../stores/contracts.ts';
import type { UnindexedRecording } from '../stores/session-contracts.ts';
import { createPrintedReader, leadOf } from './printed-output.ts';
import type { RecordingSource } from './recording-source.ts';
import { createWordReader } from './words.ts';

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
/** Characters that take a while to read. */
const LONG_TEXT = 16_384;
/** Chunks of one recording before it is another one's turn. */
const TURN_CHUNKS = 16;
/** A chunk is followed by a rest of so many times what it took, so that the database and this thread are there for decisions. */
const REST = 3;
/** A run ends after so long, in milliseconds: the next one prolongs the lease, which is of a minute. */
const RUN_MS = 30_000;

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
  const closing = new AbortController();

  /** Indexes some chunks of a recording; resolves to whether others of it are left. */
  async function indexSome(recording: UnindexedRecording, isOver: () => boolean): Promise<boolean> {
    const { id, from } = recording;
    const readChunk = await source.open(id);
    const read = (number: number) =>
      readChunk(number).catch((err: unknown): readonly RecordedEvent[] => {
        logger.warn(
          { err, recordingId: id, chunk: number },
          'a chunk of a recording can not be read, and not be searched',
        );
        return [];
      });
    const to = Math.min(recording.to, from + TURN_CHUNKS);
    const printed = createPrintedReader();
    let lead = '';
    if (from > 0) for (const { text } of printed.read(await read(from - 1))) lead = leadOf(lead + text);
    for (let number = from; number < to && !isOver(); number += 1) {
      const beganMs = clock.monotonicMs();
      const words = createWordReader();
      const found = [...words.write(lead)];
      lead = '';
      for (const { text } of printed.read(await read(number))) {
        found.push(...words.write(text));
        lead = leadOf(lead + text);
        // Whoever waits for this thread does not wait for all of a chunk.
        if (text.length >= LONG_TEXT) await nextTurn();
      }
      await store.sessionSearch.index(recording, number, [...found, ...words.end()]);
      await rest((clock.monotonicMs() - beganMs) * REST);
    }
    return to < recording.to;
  }

  /** Resolves early when the index is closed. */
  const rest = (forMs: number): Promise<void> => sleep(clock, forMs, closing.signal).catch(() => {});

  /** Gives each recording its turn; resolves to whether something is left. */
  async function pass(isOver: () => boolean): Promise<boolean> {
    let isLeft = false;
    for (let found: readonly UnindexedRecording[] = []; !isOver(); ) {
      found = await store.sessionSearch.unindexed(BATCH, found.at(-1)?.id);
      for (const recording of found) {
        const isMore = await indexSome(recording, isOver).catch((err: unknown) => {
          // It stands in the way of no other one, and is tried again.
          logger.warn({ err, recordingId: recording.id }, 'a recording can not be made searchable');
          return false;
        });
        isLeft ||= isMore;
      }
      if (found.length < BATCH) return isLeft;
    }
    return true;
  }

  const runner = startSingleRunner({
    name: 'recording-words',
    holder,
    leases: store.leases,
    intervalMs: INTERVAL_MS,
    clock,
    logger,
    async run() {
      const endsMs = clock.monotonicMs() + RUN_MS;
      const isOver = () => closing.signal.aborted || clock.monotonicMs() > endsMs;
      while (await pass(isOver)) {
        if (isOver()) return runner.wake();
      }
    },
  });
  const unwatch = store.recordings.watch(() => runner.wake());
  return {
    async close() {
      closing.abort();
      unwatch();
      await runner.close();
    },
  };
}
