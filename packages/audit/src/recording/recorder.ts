import type { Clock, Timer } from '@sallyport/core';
import { AuditError } from '../errors.ts';
import { type ChunkKey, firstHead, nextHead, sealChunk } from './chunk.ts';
import { createEventBuffer, type RecordedEvent, type RecordedStream, type RecordingHeader } from './events.ts';
import { createSpareBuffers, type SpareBuffers } from './spare-buffers.ts';

/** A chunk as it is stored. */
export interface SealedChunk {
  readonly number: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Of its events, before compression. */
  readonly byteLength: number;
  readonly sealed: Uint8Array<ArrayBuffer>;
  /** Head of the hash chain with this chunk, lower-case hex. */
  readonly headSha256: string;
}

/** Limits of a {@link SessionRecorder}. */
export interface RecorderLimits {
  /** A chunk is closed when its events reach so many bytes. Default 1,048,576. */
  readonly chunkBytes: number;
  /** A chunk is closed this long after its first event, in milliseconds: as much a kill loses. Default 1,000. */
  readonly chunkMs: number;
  /** Bytes of one session that wait to be stored, before the session itself has to wait. Default 8 MiB. */
  readonly bufferedBytes: number;
  /**
   * How long a session waits until something of that is stored, in milliseconds. Then recording it has failed. Default 1,500.
   */
  readonly stallMs: number;
  /** Chunks of one session that are stored at the same time, so that one that is behind does not swamp its store. Default 8. */
  readonly chunksAtOnce: number;
}

/** A chunk that took so long to fill is compressed, in milliseconds: nobody waits for it, or its store is slower than that. */
const UNHURRIED_MS = 250;

/** Defaults of {@link RecorderLimits}. */
export const RECORDER_LIMITS: RecorderLimits = {
  chunkBytes: 1_048_576,
  chunkMs: 1_000,
  bufferedBytes: 8 * 1_024 * 1_024,
  stallMs: 1_500,
  chunksAtOnce: 8,
};

/** What {@link createSessionRecorder} works with. */
export interface SessionRecorderOptions {
  readonly recordingId: string;
  readonly header: RecordingHeader;
  readonly key: ChunkKey;
  readonly clock: Clock;
  /**
   * Keeps chunks, which follow on those before; called again only after it has resolved. What rejects has failed for good: a
   * store that is worth another try tries by itself, until `signal` is aborted. Once it has resolved, the chunks' memory is used for
   * others.
   */
  store(chunks: readonly SealedChunk[], signal: AbortSignal): Promise<void>;
  /** Told once when something could not be kept; nothing more is recorded then. */
  onFailure(error: unknown): void;
  readonly limits?: Partial<RecorderLimits>;
  /** Memory for chunks, which other recorders may share. Default: its own. */
  readonly buffers?: SpareBuffers;
}

/** Records one session. Methods return at once; what they take is copied. */
export interface SessionRecorder {
  bytes(stream: RecordedStream, bytes: Uint8Array): void;
  resize(width: number, height: number): void;
  mark(label: string): void;
  /** Calls back, at once or later, when there is room for more: the session is to wait until then. */
  whenRoom(go: () => void): void;
  /** Bytes that wait to be stored. */
  readonly bufferedBytes: number;
  /** Stores what is left. Resolves to what the recording came to; after a failure, to what was stored before it. */
  finish(): Promise<RecordingTotals>;
}

/** What a recording came to. */
export interface RecordingTotals {
  readonly chunkCount: number;
  readonly byteLength: number;
  readonly headSha256: string;
  readonly isWhole: boolean;
}

/** Creates a recorder and has its first chunk stored, which holds the header. @throws what `store` rejects with */
export async function createSessionRecorder(options: SessionRecorderOptions): Promise<SessionRecorder> {
  const { recordingId, header, key, clock, store, onFailure, buffers = createSpareBuffers() } = options;
  const limits = { ...RECORDER_LIMITS, ...options.limits };
  const startedMs = clock.monotonicMs();
  const abort = new AbortController();
  let events = createEventBuffer(limits.chunkBytes, buffers);
  let closing: Timer | undefined;
  /** Events that wait to be sealed, in order. */
  const waiting: { stored: Uint8Array<ArrayBuffer>; fromMs: number; toMs: number }[] = [];
  let waitingBytes = 0;
  const sealing = createDrain(() => waiting.length > 0, sealNext, fail);
  const storing = createDrain(() => sealed.length > 0, storeNext, fail);
  const sealed: SealedChunk[] = [];
  let number = 0;
  let head = firstHead(recordingId);
  let totals: RecordingTotals = { chunkCount: 0, byteLength: 0, headSha256: toHex(head), isWhole: true };
  let failure: { readonly error: unknown } | undefined;
  const waiters: (() => void)[] = [];
  let stall: Timer | undefined;

  // Clocks count in fractions; what is stored does not.
  const elapsedMs = (): number => Math.round(clock.monotonicMs() - startedMs);
  const isFull = (): boolean => waitingBytes + events.byteLength > limits.bufferedBytes;

  function fail(error: unknown): void {
    if (failure !== undefined) return;
    failure = { error };
    totals = { ...totals, isWhole: false };
    closing?.cancel();
    abort.abort(error);
    events = createEventBuffer(0, buffers);
    waiting.length = 0;
    sealed.length = 0;
    waitingBytes = 0;
    letGo();
    onFailure(error);
  }

  /** Something was stored, or nothing is waited for any more. */
  function letGo(): void {
    stall?.cancel();
    stall = undefined;
    if (!isFull()) for (const go of waiters.splice(0)) go();
    else if (waiters.length > 0) awaitProgress();
  }

  function awaitProgress(): void {
    stall ??= clock.setTimeout(() => fail(behind(limits.bufferedBytes, limits.stallMs)), limits.stallMs);
  }

  /** Closes the chunk that is being collected. */
  function close(): void {
    closing?.cancel();
    closing = undefined;
    if (events.byteLength === 0) return;
    const { fromMs, toMs } = events;
    const stored = events.take();
    waitingBytes += stored.length;
    waiting.push({ stored, fromMs, toMs });
    sealing.start();
  }

  async function seal({ stored, fromMs, toMs }: (typeof waiting)[number]): Promise<SealedChunk> {
    // Compressing takes ten times as long as all else: who prints much would wait for it.
    const chunk = await sealChunk(key, { recordingId, number }, stored, toMs - fromMs >= UNHURRIED_MS, buffers);
    buffers.give(stored);
    head = nextHead(head, chunk);
    return { number: number++, fromMs, toMs, byteLength: stored.length, sealed: chunk, headSha256: toHex(head) };
  }

  async function sealNext(): Promise<void> {
    const next = waiting.shift();
    if (next === undefined) return;
    const chunk = await seal(next);
    if (failure !== undefined) return;
    sealed.push(chunk);
    storing.start();
  }

  async function storeNext(): Promise<void> {
    const batch = sealed.splice(0, limits.chunksAtOnce);
    await store(batch, abort.signal);
    const last = batch.at(-1);
    if (failure !== undefined || last === undefined) return;
    for (const chunk of batch) buffers.give(chunk.sealed);
    const byteLength = batch.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    waitingBytes -= byteLength;
    totals = {
      ...totals,
      chunkCount: last.number + 1,
      byteLength: totals.byteLength + byteLength,
      headSha256: last.headSha256,
    };
    letGo();
  }

  function added(): void {
    if (events.byteLength >= limits.chunkBytes) close();
    else closing ??= clock.setTimeout(close, limits.chunkMs);
  }

  function add(event: Exclude<RecordedEvent, { kind: RecordedStream }>): void {
    if (failure !== undefined) return;
    events.append(event);
    added();
  }

  events.append({ kind: 'header', atMs: 0, header });
  const first = await seal({ stored: events.take(), fromMs: 0, toMs: 0 });
  await store([first], abort.signal);
  totals = { ...totals, chunkCount: 1, byteLength: first.byteLength, headSha256: first.headSha256 };

  return {
    get bufferedBytes() {
      return waitingBytes + events.byteLength;
    },
    bytes(stream, bytes) {
      if (failure !== undefined || bytes.length === 0) return;
      const atMs = elapsedMs();
      for (let at = 0; at < bytes.length; ) {
        const piece = bytes.subarray(at, at + Math.max(1, limits.chunkBytes - events.byteLength));
        events.appendBytes(stream, atMs, piece);
        at += piece.length;
        added();
      }
    },
    resize: (width, height) => add({ kind: 'resize', atMs: elapsedMs(), width, height }),
    mark: (label) => add({ kind: 'mark', atMs: elapsedMs(), label }),
    whenRoom(go) {
      if (!isFull()) return go();
      waiters.push(go);
      // What is on its way makes room; a chunk that is not full yet goes early only where nothing is.
      if (waitingBytes === 0) close();
      awaitProgress();
    },
    async finish() {
      close();
      // Sealing begins storing, so nothing is left once both are over.
      await sealing.over();
      await storing.over();
      return totals;
    },
  };
}

/** Works off what there is, step by step, until a step fails. */
function createDrain(hasWork: () => boolean, step: () => Promise<void>, onError: (error: unknown) => void) {
  let isRunning = false;
  let running = Promise.resolve();
  async function run(): Promise<void> {
    try {
      while (hasWork()) await step();
    } catch (error) {
      onError(error);
    } finally {
      // At once after the look that found nothing: what comes in between would be left.
      isRunning = false;
    }
  }
  return {
    start(): void {
      if (isRunning) return;
      isRunning = true;
      running = run();
    },
    over: (): Promise<void> => running,
  };
}

function behind(bufferedBytes: number, stallMs: number): AuditError {
  return new AuditError({
    code: 'ERR_RECORDING_BEHIND',
    message: `more than ${bufferedBytes} bytes of a recording wait to be stored, and none was within ${stallMs} ms`,
  });
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
