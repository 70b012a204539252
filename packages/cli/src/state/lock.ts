import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Clock, sleep } from '@sallyport/core';
import { CliError } from '../errors.ts';

/** How {@link withLock} waits. */
export interface LockOptions {
  readonly clock: Clock;
  /** How long to wait for the holder, in milliseconds. Defaults to 30 000. */
  readonly waitMs?: number;
}

const POLL_MS = 40;
// Nothing is done under a lock that takes longer than its network deadlines (20 s): an older one was left behind.
const STALE_MS = 60_000;

/**
 * Runs `work` while this process alone holds the lock file. A lock whose process is gone, or that is older than a
 * minute, is taken over.
 * @throws CliError `ERR_CLI_LOCK_TIMEOUT`
 */
export async function withLock<Result>(
  path: string,
  options: LockOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const token = newToken();
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await acquire(path, token, options);
  try {
    return await work();
  } finally {
    await release(path, token);
  }
}

/**
 * Takes the lock file for as long as this process runs. Resolves with the way to let go, or with `undefined` when another
 * process that is alive has it; a lock whose process is gone is taken over whatever its age.
 */
export async function holdLock(path: string, clock: Clock): Promise<(() => Promise<void>) | undefined> {
  const token = newToken();
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  for (let attempt = 0; attempt < 2; attempt++) {
    if (await tryCreate(path, token)) return () => release(path, token);
    await breakStale(path, clock, Number.POSITIVE_INFINITY);
  }
  return undefined;
}

/** Process id, start of that process where the system tells it, and what tells two holders of one process apart. */
function newToken(): string {
  return `${process.pid} ${startOf(process.pid) ?? '-'} ${randomBytes(8).toString('hex')}`;
}

/**
 * When a process was started, in clock ticks since boot: a process id alone comes again after a reboot, and soon in a
 * container. `undefined` where there is no procfs.
 */
function startOf(pid: number): string | undefined {
  try {
    // The name in parentheses may hold anything, spaces too; field 22 is the 20th behind it (proc(5)).
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

async function acquire(path: string, token: string, { clock, waitMs = 30_000 }: LockOptions): Promise<void> {
  const deadline = clock.monotonicMs() + waitMs;
  for (;;) {
    if (await tryCreate(path, token)) return;
    await breakStale(path, clock, STALE_MS);
    if (clock.monotonicMs() >= deadline) {
      throw new CliError({
        code: 'ERR_CLI_LOCK_TIMEOUT',
        message: `another process has held ${path} for more than ${waitMs} ms`,
        nextStep: 'Wait for the other sallyport command, or delete the file if there is none.',
      });
    }
    await sleep(clock, POLL_MS);
  }
}

async function tryCreate(path: string, token: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(token);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Moves a stale lock out of the way. It is renamed first and read again: should another process have taken the lock in
 * between, what was moved is live and goes back.
 */
async function breakStale(path: string, clock: Clock, staleMs: number): Promise<void> {
  const seen = await readLock(path);
  if (seen === undefined || isLive(seen, clock.now() - staleMs)) return;
  const aside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.stale`;
  try {
    await rename(path, aside);
  } catch {
    return; // Another process was faster.
  }
  const moved = await readLock(aside);
  if (moved !== undefined && moved.token !== seen.token) await rename(aside, path);
  else await unlink(aside);
}

async function readLock(path: string): Promise<{ token: string; writtenAt: number } | undefined> {
  try {
    const [token, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    return { token, writtenAt: mtimeMs };
  } catch {
    return undefined; // Released meanwhile.
  }
}

function isLive(lock: { token: string; writtenAt: number }, oldest: number): boolean {
  if (lock.writtenAt < oldest) return false;
  const [pidText = '', start = '-'] = lock.token.split(' ');
  const pid = Number.parseInt(pidText, 10);
  // Between creating and writing the file is empty for a moment.
  if (!Number.isInteger(pid)) return true;
  try {
    process.kill(pid, 0);
    return start === '-' || (startOf(pid) ?? start) === start;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function release(path: string, token: string): Promise<void> {
  // Only our own: after a takeover the file belongs to somebody else.
  if ((await readLock(path))?.token === token) await unlink(path).catch(() => {});
}
