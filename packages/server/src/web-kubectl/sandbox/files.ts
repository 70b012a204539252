import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join, normalize, relative, sep } from 'node:path';

/** Largest file that goes in or out, in bytes. */
export const MAX_FILE_BYTES = 4 * 1_048_576;
/** Most entries that a listing shows. */
const MAX_LISTED = 1_000;

/** One entry of a folder. */
export interface ListedFile {
  readonly name: string;
  readonly bytes: number;
  readonly isFolder: boolean;
}

/** The files of a private folder. Nothing outside of it is reached, by `..` or by a link. */
export interface PrivateFiles {
  put(path: string, content: Uint8Array): Promise<void>;
  get(path: string): Promise<Buffer>;
  list(path: string): Promise<readonly ListedFile[]>;
  remove(path: string): Promise<void>;
}

/**
 * Creates access to the files below `home`. Every method rejects with a RangeError whose message a person can read, or with
 * what the file system says.
 */
export function createPrivateFiles(home: string): PrivateFiles {
  /** Where a path leads, its folder without links; the last part may not be there yet. */
  async function locate(path: string): Promise<string> {
    const normal = normalize(path);
    if (normal === '.' || normal === './') return realpath(home);
    if (path.includes('\0') || normal.startsWith('/') || normal.split(sep).some((part) => part.startsWith('.'))) {
      throw new RangeError(`${JSON.stringify(path)} is no name of a file of yours`);
    }
    const root = await realpath(home);
    const folder = await realpath(join(root, dirname(normal)));
    const inside = relative(root, folder);
    if (inside.startsWith('..')) throw new RangeError(`${JSON.stringify(path)} leads out of your files`);
    return join(folder, basename(normal));
  }

  return {
    async put(path, content) {
      if (content.length > MAX_FILE_BYTES) {
        throw new RangeError(`the file is ${content.length} bytes, limit is ${MAX_FILE_BYTES}`);
      }
      if (normalize(path).includes(sep)) {
        const [first = ''] = normalize(path).split(sep);
        if (!first.startsWith('.')) await mkdir(join(home, first), { recursive: true, mode: 0o700 });
      }
      const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
      const file = await open(await locate(path), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
      try {
        await file.writeFile(content);
      } finally {
        await file.close();
      }
    },
    async get(path) {
      // Without O_NONBLOCK, opening a named pipe would wait for ever.
      const file = await open(await locate(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      try {
        const status = await file.stat();
        if (!status.isFile()) throw new RangeError(`${JSON.stringify(path)} is no file`);
        if (status.size > MAX_FILE_BYTES) {
          throw new RangeError(`the file is ${status.size} bytes, limit is ${MAX_FILE_BYTES}`);
        }
        const content = Buffer.alloc(status.size);
        const { bytesRead } = await file.read(content, 0, status.size, 0);
        return content.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
    async list(path) {
      const folder = await locate(path === '' ? '.' : path);
      const names = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
      return Promise.all(
        names.slice(0, MAX_LISTED).map(async (name) => {
          const status = await lstat(join(folder, name));
          return { name: name.slice(0, 255), bytes: status.size, isFolder: status.isDirectory() };
        }),
      );
    },
    async remove(path) {
      const place = await locate(path);
      if (place === (await realpath(home))) throw new RangeError('name the file that is to be removed');
      await rm(place, { recursive: true });
    },
  };
}
