import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readlink, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CoreError } from '../errors.ts';
import { MAX_KUBECONFIG_BYTES } from './document.ts';

/** Options of {@link updateKubeconfigFile}. */
export interface UpdateKubeconfigOptions {
  /** How long to wait for another writer, in milliseconds. Defaults to 5 000. */
  readonly lockTimeoutMs?: number;
}

const LOCK_POLL_MS = 25;
const MAX_LINKS = 16;

/**
 * Changes a kubeconfig file. `change` gets its text (`''` when there is no file) and returns the new one; an unchanged text
 * leaves the file alone. The new file appears whole or not at all, in place of the file that symbolic links lead to, with
 * mode 0600 whatever the umask. Other writers wait; the lock is kubectl's own (`<file>.lock`), so kubectl is kept out too.
 * @throws CoreError `ERR_KUBECONFIG_IO`, and whatever `change` throws; the file is then as it was
 */
export async function updateKubeconfigFile(
  path: string,
  change: (text: string) => string,
  options: UpdateKubeconfigOptions = {},
): Promise<{ readonly path: string; readonly hasChanged: boolean }> {
  try {
    const real = await followLinks(resolve(path));
    await mkdir(dirname(real), { recursive: true, mode: 0o700 });
    const unlock = await lock(`${real}.lock`, options);
    try {
      const before = await readKubeconfigFile(real);
      const after = change(before);
      if (after === before) return { path: real, hasChanged: false };
      await replaceFile(real, after);
      return { path: real, hasChanged: true };
    } finally {
      await unlock();
    }
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw ioError(`kubeconfig ${path} can't be written`, error);
    throw error;
  }
}

/**
 * Text of a kubeconfig file; `''` when there is none.
 * @throws CoreError `ERR_KUBECONFIG_IO` when it can't be read, is no regular file, or is larger than 8 MiB
 */
export async function readKubeconfigFile(path: string): Promise<string> {
  let file: FileHandle | undefined;
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for its writer.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = await file.stat();
    const { size } = stats;
    if (!stats.isFile()) throw ioError(`kubeconfig ${path} is not a regular file`);
    if (size > MAX_KUBECONFIG_BYTES) {
      throw ioError(`kubeconfig ${path} is ${size} bytes, limit is ${MAX_KUBECONFIG_BYTES}`);
    }
    return await file.readFile('utf8');
  } catch (error) {
    if (error instanceof CoreError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw ioError(`kubeconfig ${path} can't be read`, error);
  } finally {
    await file?.close();
  }
}

/** The path behind symbolic links, also when the last one leads to a file that does not exist yet. */
async function followLinks(path: string): Promise<string> {
  let at = path;
  for (let i = 0; i < MAX_LINKS; i++) {
    const stats = await lstat(at).catch(ignoreMissing);
    if (!stats?.isSymbolicLink()) return at;
    at = resolve(dirname(at), await readlink(at));
  }
  throw ioError(`kubeconfig ${path} leads through more than ${MAX_LINKS} symbolic links`);
}

async function lock(path: string, options: UpdateKubeconfigOptions): Promise<() => Promise<void>> {
  const { lockTimeoutMs = 5_000 } = options;
  const deadline = performance.now() + lockTimeoutMs;
  for (;;) {
    try {
      await (await open(path, 'wx', 0o600)).close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (performance.now() >= deadline) {
      throw new CoreError({
        code: 'ERR_KUBECONFIG_IO',
        message: `kubeconfig is locked by another program, waited ${lockTimeoutMs} ms for ${path}`,
        nextStep: `Try again; if no program is changing the kubeconfig, delete ${path}.`,
      });
    }
    // Not the Clock of core: its timers let the process end, and a CLI may have nothing else to wait for.
    await delay(LOCK_POLL_MS);
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  const file = await open(temporary, 'wx', 0o600);
  try {
    try {
      // The mode given to open is narrowed by the umask; this one is not.
      await file.chmod(0o600);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

function ioError(message: string, cause?: unknown): CoreError {
  return new CoreError({ code: 'ERR_KUBECONFIG_IO', message, cause });
}
