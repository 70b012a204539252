// Writes dist/pglite-template.tar.gz: a freshly initialised data folder of the embedded database. Unpacking it takes a
// quarter of the CPU time of initialising one. Kept in a cache by version, since `dist` is emptied by each build.
import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';

const packageFolder = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(packageFolder, 'dist', 'pglite-template.tar.gz');
const modulePath = createRequire(import.meta.url).resolve('@electric-sql/pglite');
const { version } = JSON.parse(await readFile(join(dirname(modulePath), '..', 'package.json'), 'utf8'));
const cached = join(packageFolder, 'node_modules', '.cache', 'sallyport', `pglite-template-${version}.tar.gz`);

await mkdir(dirname(target), { recursive: true });
await mkdir(dirname(cached), { recursive: true });
try {
  await copyFile(cached, target);
} catch {
  const database = await PGlite.create();
  const archive = await database.dumpDataDir('gzip');
  await database.close();
  const partial = `${cached}.${process.pid}`;
  await writeFile(partial, Buffer.from(await archive.arrayBuffer()));
  await rename(partial, cached);
  await copyFile(cached, target);
}
