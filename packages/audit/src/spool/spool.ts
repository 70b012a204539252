import { writeSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, type Logger, silentLogger, systemClock, type Timer } from '@sallyport/core';
import { AuditError } from '../errors.ts';
import type { AuditEvent } from '../event.ts';
import { formatAuditEvent } from '../format-event.ts';
import { readSegment } from './read-batch.ts';
import {
  formatMark,
  listSegments,
  MARK_FILE,
  readMark,
  type Segment,
  type SpoolPosition,
  segmentOf,
} from './segments.ts';

/** Options of {@link openSpool}. */
export interface SpoolOptions {
  /** Folder of this spool alone; made (mode 0700) when it is missing. */
  readonly folder: string;
  /** Bytes that may wait to be drained. An event beyond them is refused. Defaults to 1 GiB. */
  readonly maxBytes?: number;
  /** Size from which a new segment is begun, in bytes. Drained segments are deleted as a whole. Defaults to 16 MiB. */
  readonly segmentBytes?: number;
  /** How long written events may stay in the operating system's cache, in milliseconds. Defaults to 50. */
  readonly fsyncDelayMs?: number;
  /** Defaults to the machine's clock. */
  readonly clock?: Clock;
  /** Defaults to silence. */
  readonly logger?: Logger;
}

/** Events that were read, and what has to be marked once they are delivered. */
export interface SpoolBatch {
  readonly events: readonly AuditEvent[];
  readonly end: SpoolPosition;
}

/** A queue of events on a local disk, which outlives the process. */
export interface AuditSpool {
  /**
   * Appends an event. Resolves once the operating system has it: it survives the death of the process then, and that of the
   * machine once fsync ran.
   * @throws AuditError `ERR_AUDIT_SPOOL_FULL`, or `ERR_AUDIT_SINK` when it can't be written
   */
  append(event: AuditEvent): Promise<void>;
  /** The oldest events behind the last mark, at most `maxEvents`; none when all is drained. One reader at a time. */
  read(maxEvents: number): Promise<SpoolBatch>;
  /** Marks a batch as delivered; it is not read again, save after a crash that came before the mark. */
  drained(batch: SpoolBatch): Promise<void>;
  /** Bytes that wait to be drained. */
  readonly waitingBytes: number;
  /** Bytes that may wait to be drained. */
  readonly maxBytes: number;
  /** Why events are refused at the moment. */
  readonly failure: AuditError | undefined;
  /** Flushes and lets go; what is drained is deleted. Idempotent. */
  close(): Promise<void>;
}

interface Writing {
  readonly segment: Segment;
  readonly handle: FileHandle;
}

interface PendingWrite {
  readonly bytes: Buffer;
  resolve(): void;
  reject(error: AuditError): void;
}

/**
 * Opens the spool in `folder`, with what an earlier process left in it. A line that a crash cut off is passed over: nobody was
 * told that it is safe.
 * @throws AuditError `ERR_AUDIT_SINK` when the folder can't be read
 */
export async function openSpool(options: SpoolOptions): Promise<AuditSpool> {
  const { folder, maxBytes = 1_024 ** 3, segmentBytes = 16 * 1_024 ** 2, fsyncDelayMs = 50 } = options;
  const { clock = systemClock, logger = silentLogger } = options;

  function spoolError(what: string, cause?: unknown): AuditError {
    return new AuditError({
      code: 'ERR_AUDIT_SINK',
      message: `audit spool ${folder} ${what}`,
      cause,
      nextStep: `Check that ${folder} is writable and its disk has free space; requests are refused until then.`,
    });
  }

  const segments = await listSegments(folder).catch((cause: unknown) => {
    throw spoolError('can not be read', cause);
  });
  let mark = await readMark(folder);
  let writing: Writing | undefined;
  let waitingBytes = segments.reduce((sum, { number, size }) => sum + size - behind(mark, number, size), 0);
  let pending: PendingWrite[] = [];
  let pendingBytes = 0;
  let isWriting: Promise<void> | undefined;
  let failure: AuditError | undefined;
  let markHandle: FileHandle | undefined;
  let syncTimer: Timer | undefined;
  let syncsRunning = 0;
  let syncFailure: Error | undefined;
  let closing: Promise<void> | undefined;

  function refused(error: AuditError): AuditError {
    if (failure?.code !== error.code) logger.error({ err: error, waitingBytes }, 'the audit spool takes no events');
    failure = error;
    return error;
  }

  function full(bytes: number): AuditError {
    return new AuditError({
      code: 'ERR_AUDIT_SPOOL_FULL',
      message: `audit spool ${folder} would hold ${bytes} bytes, limit is ${maxBytes}`,
      nextStep: 'Bring the database back, which the spool is drained to; requests are refused until then.',
    });
  }

  async function writePending(): Promise<void> {
    while (pending.length > 0) {
      const batch = pending;
      pending = [];
      const bytes = Buffer.concat(batch.map((each) => each.bytes));
      try {
        await append(bytes);
        for (const { resolve } of batch) resolve();
        if (failure !== undefined) logger.info({ folder }, 'the audit spool takes events again');
        failure = undefined;
      } catch (cause) {
        const error = refused(spoolError('could not be written', cause));
        for (const { reject } of batch) reject(error);
      } finally {
        pendingBytes -= bytes.length;
      }
    }
    isWriting = undefined;
  }

  async function append(bytes: Buffer): Promise<void> {
    if (syncFailure !== undefined) {
      const cause = syncFailure;
      syncFailure = undefined;
      await abandon();
      throw cause;
    }
    writing ??= await begin();
    const { segment, handle } = writing;
    try {
      // A write into the page cache takes 2 µs, a hand-over to the thread pool 30, and requests wait for it. Beside an
      // fsync the file system may let a writer wait for the disk: then a thread waits, not the event loop.
      for (let offset = 0; offset < bytes.length; ) {
        const at = segment.size + offset;
        if (syncsRunning === 0) offset += writeSync(handle.fd, bytes, offset, bytes.length - offset, at);
        else offset += (await handle.write(bytes, offset, bytes.length - offset, at)).bytesWritten;
      }
    } catch (cause) {
      // Half of it may stand there. Only what `size` counts is ever read, and after a crash a cut line is passed over.
      await handle.truncate(segment.size).catch(abandon);
      throw cause;
    }
    segment.size += bytes.length;
    waitingBytes += bytes.length;
    syncTimer ??= clock.setTimeout(sync, fsyncDelayMs);
    if (segment.size >= segmentBytes) await rotate();
  }

  async function begin(): Promise<Writing> {
    const segment = segmentOf(folder, Math.max(mark.segment, segments.at(-1)?.number ?? 0) + 1);
    const handle = await open(segment.path, 'wx', 0o600);
    segments.push(segment);
    return { segment, handle };
  }

  async function abandon(): Promise<void> {
    await writing?.handle.close().catch(() => {});
    writing = undefined;
  }

  async function rotate(): Promise<void> {
    try {
      await writing?.handle.datasync();
    } catch (error) {
      syncFailure = error as Error;
    }
    await abandon();
  }

  function sync(): void {
    syncTimer = undefined;
    // Not in turn: a write must not wait for the disk.
    if (writing === undefined) return;
    syncsRunning += 1;
    writing.handle
      .datasync()
      .catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EBADF') syncFailure = error;
      })
      .finally(() => {
        syncsRunning -= 1;
      });
  }

  async function writeMark(): Promise<void> {
    markHandle ??= await open(join(folder, MARK_FILE), 'w', 0o600);
    await markHandle.write(formatMark(mark), 0, 'latin1');
  }

  /** Deletes segments that are drained and that nothing is written to any more. */
  async function discard(): Promise<void> {
    for (let oldest = segments[0]; oldest !== undefined; oldest = segments[0]) {
      const isDrained = behind(mark, oldest.number, oldest.size) === oldest.size;
      if (!isDrained || oldest === writing?.segment) return;
      segments.shift();
      await rm(oldest.path, { force: true });
    }
  }

  async function shut(): Promise<void> {
    await isWriting;
    syncTimer?.cancel();
    let lost: unknown;
    await writing?.handle.datasync().catch((error: unknown) => {
      lost = error;
    });
    await abandon();
    await discard();
    await markHandle?.close();
    if (segments.length === 0) await rm(join(folder, MARK_FILE), { force: true });
    if (lost !== undefined) throw spoolError('could not be flushed to disk', lost);
  }

  return {
    append(event) {
      if (closing !== undefined) return Promise.reject(spoolError('is closed'));
      const bytes = Buffer.from(`${formatAuditEvent(event)}\n`);
      const total = waitingBytes + pendingBytes + bytes.length;
      if (total > maxBytes) return Promise.reject(refused(full(total)));
      pendingBytes += bytes.length;
      return new Promise((resolve, reject) => {
        pending.push({ bytes, resolve, reject });
        isWriting ??= writePending();
      });
    },
    async read(maxEvents) {
      let end = mark;
      for (const segment of segments) {
        if (segment.number < end.segment) continue;
        if (segment.number > end.segment) end = { segment: segment.number, offset: 0 };
        while (end.offset < segment.size) {
          const isWritten = segment !== writing?.segment;
          const { events, offset, damaged } = await readSegment(segment, end.offset, maxEvents, isWritten);
          if (damaged > 0) logger.error({ folder, lines: damaged }, 'the audit spool has lines that are no events');
          end = { segment: segment.number, offset };
          if (events.length > 0) return { events, end };
        }
      }
      return { events: [], end };
    },
    async drained({ end }) {
      for (const { number, size } of segments) waitingBytes -= behind(end, number, size) - behind(mark, number, size);
      mark = end;
      try {
        await writeMark();
        await discard();
      } catch (err) {
        // What is not marked is delivered again after a crash, and known by its ids.
        logger.warn({ err, folder }, 'what is drained of the audit spool could not be marked');
      }
    },
    maxBytes,
    get waitingBytes() {
      return waitingBytes;
    },
    get failure() {
      return failure;
    },
    close() {
      closing ??= shut();
      return closing;
    },
  };
}

/** Bytes of a segment that are behind a position. */
function behind(position: SpoolPosition, number: number, size: number): number {
  if (number < position.segment) return size;
  return number === position.segment ? Math.min(position.offset, size) : 0;
}
