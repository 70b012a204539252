import { createAsciicastWriter, type RecordedEvent, type RecordingHeader } from '@sallyport/audit/recording';
import { type Clock, isCodedError } from '@sallyport/core';
import { formatCastDamage } from '@sallyport/core/terminal';
import type { Store } from '../stores/contracts.ts';
import type { RecordingChunkRow, SessionRecording } from '../stores/recording-contracts.ts';
import type { ChunkReader } from './recording-source.ts';

/** Which part of a recording, in milliseconds since its session began; both ends belong to it. */
export interface RecordingRange {
  /** Default 0. */
  readonly fromMs?: number;
  /** Default: to its end. */
  readonly toMs?: number;
}

/** What of a recording is needed to read it. */
export type ReadableRecording = Pick<
  SessionRecording,
  'id' | 'chunkCount' | 'startedAt' | 'userName' | 'kind' | 'clusterName' | 'namespace' | 'pod' | 'command'
>;

/**
 * A recording as asciicast v2, chunk by chunk; of one that is under way, up to now. Chunks outside the range are not read. Where a
 * chunk is missing or was altered, a remark says which and of when (`formatCastDamage`), and what is left follows.
 * @throws AuditError `ERR_BLOB_STORE`, before anything was yielded, when the chunks are out of reach; later that is a remark too,
 *   and the end
 */
export async function* readRecording(
  store: Pick<Store, 'recordings'>,
  readChunk: ChunkReader,
  recording: ReadableRecording,
  { fromMs = 0, toMs = Number.POSITIVE_INFINITY }: RecordingRange = {},
): AsyncGenerator<string> {
  const writer = createAsciicastWriter();
  const isWanted = ({ kind, atMs }: RecordedEvent) => kind === 'header' || (atMs >= fromMs && atMs <= toMs);
  let hasBegun = false;
  for await (const place of chunksWithin(store, recording, fromMs, toMs)) {
    let lines: string;
    try {
      lines = writer.write((await readChunk(place.number)).filter(isWanted));
    } catch (error) {
      const isDamage = isDamaged(error);
      if (!isDamage && !hasBegun) throw error;
      // What waited for the rest of a character is not to be joined with what comes behind the gap.
      lines = writer.end() + writer.write(damageOf(recording, place, error));
      if (!isDamage) {
        yield lines;
        return;
      }
    }
    hasBegun = true;
    yield lines;
  }
  yield writer.end();
}

/** Whether a chunk is missing or is not what was stored, and not merely out of reach. */
export function isDamaged(error: unknown): boolean {
  return error instanceof RangeError || (isCodedError(error) && error.code === 'ERR_RECORDING_CHUNK');
}

/** Where a chunk is in a recording. */
type ChunkPlace = Pick<RecordingChunkRow, 'number' | 'fromMs' | 'toMs'>;

/** What stands in the place of a chunk that can not be read. */
function damageOf(recording: ReadableRecording, { number, fromMs, toMs }: ChunkPlace, error: unknown): RecordedEvent[] {
  const seconds = `${(fromMs / 1_000).toFixed(1)} s to ${(toMs / 1_000).toFixed(1)} s`;
  const what = isDamaged(error)
    ? `chunk ${number} of ${recording.chunkCount}, from ${seconds}, is missing or was altered`
    : `from chunk ${number} of ${recording.chunkCount} on, at ${(fromMs / 1_000).toFixed(1)} s, it can not be read just now`;
  const remark = { kind: 'mark', atMs: fromMs, label: formatCastDamage(what) } as const;
  // The first chunk has the header, without which the rest is no asciicast.
  return number === 0 ? [{ kind: 'header', atMs: 0, header: describeRecording(recording) }, remark] : [remark];
}

function describeRecording(recording: ReadableRecording): RecordingHeader {
  const { userName, kind, clusterName, namespace, pod, startedAt, command } = recording;
  return {
    width: 80,
    height: 24,
    timestamp: Math.floor(startedAt.getTime() / 1_000),
    title: `${userName} ${kind} ${clusterName} ${namespace}/${pod}`,
    ...(command && { command: command.join(' ') }),
    env: {},
  };
}

const ROWS = 1_000;

/**
 * The chunks that hold something of a range, in order, and chunk 0 before them: it has the header. One whose row is gone is among
 * them, somewhere between its neighbours.
 */
async function* chunksWithin(
  store: Pick<Store, 'recordings'>,
  { id, chunkCount }: Pick<SessionRecording, 'id' | 'chunkCount'>,
  fromMs: number,
  toMs: number,
): AsyncGenerator<ChunkPlace> {
  let reachedMs = 0;
  for (let next = 0; next < chunkCount; ) {
    const rows = await store.recordings.chunks(id, next, ROWS);
    const known = rows.filter(({ number }) => number < chunkCount);
    const end = { number: chunkCount, fromMs: reachedMs, toMs: reachedMs };
    for (const row of known.length > 0 ? known : [end]) {
      for (; next < row.number; next += 1) yield { number: next, fromMs: reachedMs, toMs: row.fromMs };
      if (row === end) return;
      if (row.number > 0 && row.fromMs > toMs) return;
      if (row.number === 0 || row.toMs >= fromMs) yield row;
      next = row.number + 1;
      reachedMs = row.toMs;
    }
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
      const lines = await readChunk(next).then(
        (events) => writer.write(events),
        async (error: unknown) => {
          if (!isDamaged(error)) throw error;
          const [row] = await store.recordings.chunks(id, next, 1);
          const place = row?.number === next ? row : { number: next, fromMs: 0, toMs: 0 };
          return writer.end() + writer.write(damageOf(recording, place, error));
        },
      );
      yield { kind: 'chunk', number: next, lines };
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
