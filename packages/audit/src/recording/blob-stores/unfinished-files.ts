import { opendir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What the name of a file ends with for as long as it is being written. */
export const UNFINISHED = '.part';

/** Deletes files that are still unfinished though nobody wrote to them since `before`, in a folder and those in it. Counts them. */
export async function deleteUnfinishedFiles(folder: string, before: Date, signal?: AbortSignal): Promise<number> {
  let count = 0;
  for await (const entry of await opendir(folder)) {
    signal?.throwIfAborted();
    const path = join(folder, entry.name);
    if (entry.isDirectory()) count += await deleteUnfinishedFiles(path, before, signal);
    else if (entry.isFile() && entry.name.endsWith(UNFINISHED) && (await stat(path)).mtime < before) {
      await rm(path, { force: true });
      count += 1;
    }
  }
  return count;
}
