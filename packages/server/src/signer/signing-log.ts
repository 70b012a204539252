import { fsyncSync, writeSync } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Timer } from '@sallyport/core';
import { SignerError } from './errors.ts';

/** When an entry is on the disk. `interval`: within 50 ms; `always`: before the capability leaves the signer. */
export type LogSync = 'interval' | 'always';

/** The record of what a signer signed and refused: one JSON object per line, one file per UTC day, never written over. */
export interface SigningLog {
  /**
   * Appends an entry; the time is added. When it returns, the entry survives the end of the process; whether it survives
   * that of the machine is {@link LogSync}'s to say.
   * @throws SignerError `ERR_SIGNER_LOG`
   */
  append(entry: Readonly<Record<string, unknown>>): Promise<void>;
  close(): Promise<void>;
}

const FSYNC_DELAY_MS = 50;

/** Opens the log in a folder, made (mode 0700) when it is missing. Files have mode 0600 and are opened for appending only. */
export function openSigningLog(options: {
  readonly folder: string;
  readonly sync?: LogSync;
  readonly clock: Clock;
}): SigningLog {
  const { folder, sync = 'interval', clock } = options;
  let file: { readonly day: string; readonly handle: FileHandle } | undefined;
  let syncTimer: Timer | undefined;
  let syncFailure: Error | undefined;
  let turn: Promise<void> = Promise.resolve();

  async function fileOf(day: string): Promise<FileHandle> {
    if (file?.day === day) return file.handle;
    await closeFile();
    await mkdir(folder, { recursive: true, mode: 0o700 });
    file = { day, handle: await open(join(folder, `signed-${day}.ndjson`), 'a', 0o600) };
    return file.handle;
  }

  async function closeFile(): Promise<void> {
    syncTimer?.cancel();
    syncTimer = undefined;
    const closing = file?.handle;
    file = undefined;
    if (closing === undefined) return;
    try {
      await closing.sync();
    } finally {
      await closing.close();
    }
  }

  function syncSoon(handle: FileHandle): void {
    syncTimer ??= clock.setTimeout(() => {
      syncTimer = undefined;
      handle.datasync().catch((error: NodeJS.ErrnoException) => {
        // Closed in the meantime: closing has synced it.
        if (error.code !== 'EBADF') syncFailure = error;
      });
    }, FSYNC_DELAY_MS);
  }

  async function write(at: Date, line: string): Promise<void> {
    const failed = syncFailure;
    syncFailure = undefined;
    try {
      if (failed !== undefined) throw failed;
      const handle = await fileOf(at.toISOString().slice(0, 10));
      // One call per line with O_APPEND: lines of two processes never mix. Into the page cache, a few microseconds.
      const bytes = Buffer.from(`${line}\n`);
      if (writeSync(handle.fd, bytes) !== bytes.length) throw new Error('the line was cut off');
      if (sync === 'always') fsyncSync(handle.fd);
      else syncSoon(handle);
    } catch (cause) {
      throw new SignerError({
        code: 'ERR_SIGNER_LOG',
        message: `the log in ${folder} could not be written, so nothing is signed`,
        cause,
        nextStep: 'Check that the folder is writable and that its disk has free space.',
      });
    }
  }

  function inTurn(step: () => Promise<void>): Promise<void> {
    const result = turn.then(step);
    turn = result.catch(() => {});
    return result;
  }

  return {
    append(entry) {
      const at = new Date(clock.now());
      const line = JSON.stringify({ at, ...entry });
      return inTurn(() => write(at, line));
    },
    close: () => inTurn(closeFile),
  };
}
