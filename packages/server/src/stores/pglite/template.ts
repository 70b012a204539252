import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE_NAME = '@sallyport/server';

/**
 * Path of the initialised data folder that the build puts into `dist`, or `undefined` when the package was not built: the
 * database then initialises itself, which takes some seconds.
 */
export function findPgliteTemplate(): string | undefined {
  for (let folder = dirname(fileURLToPath(import.meta.url)); dirname(folder) !== folder; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (!existsSync(manifest) || JSON.parse(readFileSync(manifest, 'utf8')).name !== PACKAGE_NAME) continue;
    const template = join(folder, 'dist', 'pglite-template.tar.gz');
    return existsSync(template) ? template : undefined;
  }
  return undefined;
}
