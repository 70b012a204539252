import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dialect } from 'kysely';
import { lockFolder } from '../folder-lock.ts';
import { openPglite } from './client.ts';
import { createPgliteDialect } from './dialect.ts';
import { findPgliteTemplate } from './template.ts';

/** Value of `dataDir` that keeps everything in memory. */
export const IN_MEMORY = 'memory://';

/** An open embedded database; closing it gives the folder free. */
export interface OpenPglite {
  readonly dialect: Dialect;
  close(): Promise<void>;
}

/**
 * Locks the state folder and opens the embedded database in it, in `pgdata`; `memory://` needs neither.
 * @throws StoreError `ERR_STORE_LOCKED` or `ERR_STORE_FOLDER`
 */
export async function openPgliteFolder(dataDir: string): Promise<OpenPglite> {
  const templatePath = findPgliteTemplate();
  const template = templatePath === undefined ? {} : { templatePath };
  if (dataDir === IN_MEMORY) {
    const client = await openPglite({ dataDir, ...template });
    return { dialect: createPgliteDialect(client), close: () => client.close() };
  }
  const lock = await lockFolder(dataDir);
  try {
    const folder = join(dataDir, 'pgdata');
    const marker = join(dataDir, 'initialised');
    const isNew = !existsSync(marker);
    // A start that was killed half way leaves a folder that can't be opened, and nothing in it was ever acknowledged.
    if (isNew) await rm(folder, { recursive: true, force: true });
    const client = await openPglite({ dataDir: folder, ...(isNew && template) });
    if (isNew) await writeFile(marker, '', { mode: 0o600 });
    return {
      dialect: createPgliteDialect(client),
      close: () => client.close().finally(() => lock.release()),
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
