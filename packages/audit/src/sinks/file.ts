/**
 * A sink that writes one JSON line per event to a local file, and rotates it by size.
 *
 * @packageDocumentation
 */
import { writeSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Clock, systemClock, type Timer } from '@sallyport/core';
import { AuditError } from '../errors.ts';
import { formatAuditEvent } from '../format-event.ts';
import type { AuditSink } from '../sink.ts';

/** How much a file sink keeps. */
export interface FileSinkLimits {
  /** Size at which the file is rotated, in bytes. A batch is never split, so a file may end one batch later. Defaults to 64 MiB. */
  readonly maxBytes: number;
  /** Files kept, the current one included; the oldest is overwritten. Defaults to 5. */
  readonly maxFiles: number;
}

/** Options of {@link createFileSink}. */
export interface FileSinkOptions extends Partial<FileSinkLimits> {
  /** The file that is written to. Older ones stand beside it as `<path>.1`, `<path>.2` … */
  readonly path: string;
  /** How long written events may stay in the operating system's cache, in milliseconds. Defaults to 50. */
  readonly fsyncDelayMs?: number;
  /** Defaults to the machine's clock. */
  readonly clock?: Clock;
}

interface OpenFile {
  readonly handle: FileHandle;
  size: number;
}

/**
 * Creates the sink. The folder (mode 0700) and the file (mode 0600) are made by the first write.
 *
 * A write resolves once the operating system has the bytes: they survive the death of the process. They survive that of the
 * machine once fsync ran, at most `fsyncDelayMs` later; when fsync fails, the next write fails. A line that a crash cut off is
 * closed by a line end, so that the file stays readable from there on.
 */
export function createFileSink(options: FileSinkOptions): AuditSink {
  const { path, maxBytes = 64 * 1_024 * 1_024, maxFiles = 5, fsyncDelayMs = 50, clock = systemClock } = options;
  let file: OpenFile | undefined;
  let tail: Promise<void> = Promise.resolve();
  let syncTimer: Timer | undefined;
  let syncsRunning = 0;
  let syncFailure: unknown;
  let closing: Promise<void> | undefined;

  function sinkError(what: string, cause?: unknown): AuditError {
    return new AuditError({
      code: 'ERR_AUDIT_SINK',
      message: `audit file ${path} ${what}`,
      cause,
      nextStep: `Check that ${dirname(path)} exists, is writable and has free space.`,
    });
  }

  /** Runs one step after another, so that writes, rotation and close never overlap. */
  function inTurn(step: () => Promise<void>): Promise<void> {
    const result = tail.then(step);
    tail = result.catch(() => {});
    return result;
  }

  async function append(lines: Buffer): Promise<void> {
    if (syncFailure !== undefined) {
      const cause = syncFailure;
      syncFailure = undefined;
      throw sinkError('could not be flushed to disk', cause);
    }
    try {
      file ??= await openFile(path);
      if (file.size > 0 && file.size + lines.length > maxBytes) file = await rotate(file);
      // A write into the page cache takes 2 µs, a hand-over to the thread pool 30, and requests wait for it. Beside an
      // fsync the file system may let a writer wait for the disk: then a thread waits, not the event loop.
      if (syncsRunning === 0) writeWholeSync(file, lines);
      else await writeWhole(file, lines);
    } catch (cause) {
      // What was half written is unknown: open again, which closes a cut line.
      await file?.handle.close().catch(() => {});
      file = undefined;
      throw sinkError('could not be written', cause);
    }
    syncTimer ??= clock.setTimeout(sync, fsyncDelayMs);
  }

  function sync(): void {
    syncTimer = undefined;
    // Not in turn: a write must not wait for the disk. The handle is only closed after a sync of its own.
    if (file === undefined) return;
    syncsRunning += 1;
    file.handle
      .datasync()
      .catch((error: unknown) => {
        if (!isClosedHandle(error)) syncFailure = error;
      })
      .finally(() => {
        syncsRunning -= 1;
      });
  }

  async function rotate(current: OpenFile): Promise<OpenFile> {
    await current.handle.datasync();
    await current.handle.close();
    for (let i = maxFiles - 1; i > 0; i--) {
      await rename(i === 1 ? path : `${path}.${i - 1}`, `${path}.${i}`).catch(ignoreMissing);
    }
    return openFile(path);
  }

  return {
    name: 'file',
    write(batch) {
      if (closing !== undefined) return Promise.reject(sinkError('is closed'));
      if (batch.length === 0) return Promise.resolve();
      const lines = Buffer.from(batch.map((event) => `${formatAuditEvent(event)}\n`).join(''));
      return inTurn(() => append(lines));
    },
    close() {
      closing ??= inTurn(async () => {
        syncTimer?.cancel();
        if (file === undefined) return;
        try {
          await file.handle.datasync();
        } catch (cause) {
          throw sinkError('could not be flushed to disk', cause);
        } finally {
          await file.handle.close();
        }
      });
      return closing;
    },
  };
}

async function openFile(path: string): Promise<OpenFile> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const handle = await open(path, 'a+', 0o600);
  await handle.chmod(0o600);
  const { size } = await handle.stat();
  const file = { handle, size };
  if (size > 0) {
    const last = Buffer.alloc(1);
    await handle.read(last, 0, 1, size - 1);
    if (last[0] !== 0x0a) await writeWhole(file, Buffer.from('\n'));
  }
  return file;
}

async function writeWhole(file: OpenFile, bytes: Buffer): Promise<void> {
  for (let offset = 0; offset < bytes.length; ) {
    const { bytesWritten } = await file.handle.write(bytes, offset);
    offset += bytesWritten;
    file.size += bytesWritten;
  }
}

function writeWholeSync(file: OpenFile, bytes: Buffer): void {
  for (let offset = 0; offset < bytes.length; ) {
    const bytesWritten = writeSync(file.handle.fd, bytes, offset);
    offset += bytesWritten;
    file.size += bytesWritten;
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

function isClosedHandle(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EBADF';
}
