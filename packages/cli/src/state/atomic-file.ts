import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CliError } from '../errors.ts';

/** Makes `folder` with mode 0700, and takes the rights of others away when it is there already. */
export async function ensurePrivateFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // mkdir leaves the mode of a folder that exists, and the umask may have cut it: set it either way.
    await chmod(folder, 0o700);
  } catch (error) {
    throw stateError(`the folder ${folder} can't be made private`, error);
  }
}

/** Writes `text` with mode 0600 so that a reader sees the old file or the new one, never a part. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await ensurePrivateFolder(dirname(path));
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {
      // Nothing to tidy when it was never made or has become the file itself.
    });
    throw error instanceof CliError ? error : stateError(`${path} can't be written`, error);
  }
}

/** The text of a file, or `undefined` when there is none. */
export async function readTextFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw stateError(`${path} can't be read`, error);
  }
}

/** Deletes a file. Says whether it was there. */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw stateError(`${path} can't be deleted`, error);
  }
}

function stateError(message: string, cause: unknown): CliError {
  const code = (cause as NodeJS.ErrnoException).code;
  return new CliError({
    code: 'ERR_CLI_STATE_IO',
    message: code === undefined ? message : `${message} (${code})`,
    cause,
    nextStep: 'Check owner and rights of the folder, or point SALLYPORT_HOME to another one.',
  });
}
