import { createAsciicastWriter, type RecordedEvent } from '@sallyport/audit/recording';
import type { Clock } from '@sallyport/core';
import type { Store } from '../stores/contracts.ts';
import type { SessionRecording } from '../stores/recording-contracts.ts';
import type { ChunkReader } from './recording-source.ts';

/** Which part of a recording, in milliseconds since its session began; both ends belong to it. */
export interface RecordingRange {
  /** Default 0. */
  readonly fromMs?: number;
  /** Default: to its end. */
  readonly toMs?: number;
}

/** A recording as asciicast v2, chunk by chunk; of one that is under way, up to now. Chunks outside the range are not read. */
export async function* readRecording(
  store: Pick<Store, 'recordings'>,
  readChunk: ChunkReader,
  recording: Pick<SessionRecording, 'id' | 'chunkCount'>,
  { fromMs = 0, toMs = Number.POSITIVE_INFINITY }: RecordingRange = {},
): AsyncGenerator<string> {
  const writer = createAsciicastWriter();
  const isWanted = ({ kind, atMs }: RecordedEvent) => kind === 'header' || (atMs >= fromMs && atMs <= toMs);
  for await (const number of chunksWithin(store, recording, fromMs, toMs)) {
    yield writer.write((await readChunk(number)).filter(isWanted));
  }
  yield writer.end();
}

const ROWS = 1_000;

/** Numbers of the chunks that hold something of a range, in order, and of chunk 0 before them: it has the header. */
async function* chunksWithin(
  store: Pick<Store, 'recordings'>,
  { id, chunkCount }: Pick<SessionRecording, 'id' | 'chunkCount'>,
  fromMs: number,
  toMs: number,
): AsyncGenerator<number> {
  if (chunkCount > 0) yield 0;
  for (let next = 1; next < chunkCount; ) {
    const rows = await store.recordings.chunks(id, next, ROWS);
    for (const row of rows) {
      if (row.number >= chunkCount || row.fromMs > toMs) return;
      if (row.toMs >= fromMs) yield row.number;
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    next = last.number + 1;
  }
}

/** What {@link followRecording} tells, in order. */
export type RecordingNews =
  | { readonly kind: 'chunk'; readonly number: number; readonly lines: string }
  /** Nothing came for a while. */
  | { readonly kind: 'quiet' }
  /** It is over; `recording` says how. Nothing follows. */
  | { readonly kind: 'ended'; readonly recording: SessionRecording }
  /** Whoever follows may do so no more. Nothing follows. */
  | { readonly kind: 'refused' };

/** What {@link followRecording} works with. */
export interface FollowOptions {
  readonly store: Pick<Store, 'recordings'>;
  readonly readChunk: ChunkReader;
  readonly clock: Clock;
  /** Number of the last chunk that is known already. */
  readonly after?: number;
  /** Asked before each piece. */
  readonly isPermitted: (recording: SessionRecording) => boolean;
}

/** As much of what came before is read first, so that a screen can be drawn, in bytes. */
const MAX_LEAD_BYTES = 1_048_576;
const MAX_LEAD_CHUNKS = 64;
/** How often a recording is looked at that another server may write, in milliseconds. */
const LOOK_MS = 400;
const QUIET_MS = 15_000;

/** Follows a recording to its end, whichever server writes it: its beginning, what came last, and what comes. */
export async function* followRecording(
  { store, readChunk, clock, after, isPermitted }: FollowOptions,
  begun: SessionRecording,
): AsyncGenerator<RecordingNews> {
  const { id, organizationId } = begun;
  let next = after === undefined ? 0 : after + 1;
  const writer = createAsciicastWriter();
  let toldAtMs = clock.monotonicMs();
  for (;;) {
    // Read before the chunks: those of a recording that has ended by now are all there.
    const recording = await store.recordings.find(organizationId, id);
    if (recording === undefined || !isPermitted(recording)) {
      yield { kind: 'refused' };
      return;
    }
    if (next < recording.chunkCount) {
      yield { kind: 'chunk', number: next, lines: writer.write(await readChunk(next)) };
      next = next === 0 ? await leadBegins(store, recording) : next + 1;
      toldAtMs = clock.monotonicMs();
      continue;
    }
    if (recording.state !== 'recording') {
      yield { kind: 'ended', recording };
      return;
    }
    if (clock.monotonicMs() - toldAtMs > QUIET_MS) {
      toldAtMs = clock.monotonicMs();
      yield { kind: 'quiet' };
    }
    await changed(store, clock);
  }
}

/** Number of the first chunk behind chunk 0 that a new viewer is shown. */
async function leadBegins(store: Pick<Store, 'recordings'>, { id, chunkCount }: SessionRecording): Promise<number> {
  const first = Math.max(1, chunkCount - MAX_LEAD_CHUNKS);
  const rows = await store.recordings.chunks(id, first, MAX_LEAD_CHUNKS);
  let bytes = 0;
  let begins = chunkCount;
  for (const row of [...rows].reverse()) {
    bytes += row.bytes;
    if (bytes > MAX_LEAD_BYTES) break;
    begins = row.number;
  }
  return Math.max(1, begins);
}

/** Resolves when this server wrote of any recording, or after a while. */
function changed(store: Pick<Store, 'recordings'>, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      timer.cancel();
      unwatch();
      resolve();
    };
    const timer = clock.setTimeout(done, LOOK_MS);
    const unwatch = store.recordings.watch(done);
  });
}
