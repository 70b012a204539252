/**
 * Chunks of recordings as files in a folder.
 *
 * @packageDocumentation
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, opendir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { AuditError } from '../../errors.ts';
import type { BlobStore } from '../blob-store.ts';
import { deleteUnfinishedFiles, UNFINISHED } from './unfinished-files.ts';

/** Options of {@link createFileBlobStore}. */
export interface FileBlobStoreOptions {
  /** Folder that the files are made in; it is made when it is not there. */
  readonly folder: string;
  /**
   * Whether each file is on the disk before `put` resolves, and not in the memory of the machine only. Default true.
   */
  readonly sync?: boolean;
}

const KEY = /^[a-z0-9_-]+(?:\/[a-z0-9_-]+)*$/;

/** Creates the store. Files are readable by this user only, and appear whole or not at all. */
export function createFileBlobStore({ folder, sync = true }: FileBlobStoreOptions): BlobStore {
  function pathOf(key: string): string {
    if (KEY.test(key)) return join(folder, ...key.split('/'));
    throw new AuditError({ code: 'ERR_BLOB_STORE', message: `${JSON.stringify(key)} is no key of a blob` });
  }

  async function* walk(path: string, key: string, prefix: string): AsyncGenerator<string> {
    const names: { name: string; isFolder: boolean }[] = [];
    try {
      for await (const entry of await opendir(path)) names.push({ name: entry.name, isFolder: entry.isDirectory() });
    } catch (error) {
      if (isMissing(error)) return;
      throw storeError('list', key, error);
    }
    // A folder's keys all go on with a slash, which decides where they stand among their neighbours.
    const ordered = names.map((each) => ({ ...each, sortKey: each.isFolder ? `${each.name}/` : each.name }));
    ordered.sort((a, b) => (a.sortKey < b.sortKey ? -1 : 1));
    for (const { name, isFolder } of ordered) {
      const full = `${key}${name}`;
      if (isFolder) {
        const inner = `${full}/`;
        if (inner.startsWith(prefix) || prefix.startsWith(inner)) yield* walk(join(path, name), inner, prefix);
      } else if (!name.endsWith(UNFINISHED) && full.startsWith(prefix)) {
        yield full;
      }
    }
  }

  return {
    name: 'file',
    async put(key, bytes) {
      const path = pathOf(key);
      const unfinished = `${path}.${randomBytes(6).toString('hex')}${UNFINISHED}`;
      try {
        const file = await openNew(unfinished);
        try {
          for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
          if (sync) await file.datasync();
        } finally {
          await file.close();
        }
        await rename(unfinished, path);
      } catch (error) {
        await rm(unfinished, { force: true }).catch(() => {});
        throw storeError('put', key, error);
      }
    },
    async get(key) {
      try {
        return await readFile(pathOf(key));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw storeError('get', key, error);
      }
    },
    list: (prefix) => walk(folder.endsWith(sep) ? folder.slice(0, -1) : folder, '', prefix),
    async delete(key) {
      try {
        await rm(pathOf(key), { force: true });
        // With the last chunk of a recording goes its folder; one that holds something stays.
        if (key.includes('/')) await rmdir(dirname(pathOf(key))).catch(() => {});
      } catch (error) {
        throw storeError('delete', key, error);
      }
    },
    async deleteUnfinished(before, { signal } = {}) {
      try {
        return await deleteUnfinishedFiles(folder, before, signal);
      } catch (error) {
        if (isMissing(error)) return 0;
        throw storeError('list', folder, error);
      }
    },
  };
}

/** Opens a file that is not there yet, and makes its folder first where that is missing. */
async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return open(path, 'wx', 0o600);
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR';
}

function storeError(what: string, key: string, cause: unknown): AuditError {
  if (cause instanceof AuditError) return cause;
  const { code = 'failed' } = cause as NodeJS.ErrnoException;
  return new AuditError({
    code: 'ERR_BLOB_STORE',
    message: `can't ${what} blob ${key} in the folder (${code})`,
    cause,
  });
}
