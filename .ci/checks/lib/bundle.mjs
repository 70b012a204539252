// Lets a check run TypeScript of the packages: bundled from the sources, so that no build has to be there.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from './workspace.mjs';

/** Packages whose sources go into the bundle; everything else is loaded from node_modules when it runs. */
const inlined = /^@sallyport\/(core|cli)(\/|$)/;

/** Imports a module that is given as source text with paths inside the repository. */
export async function importSource(contents) {
  // Inside node_modules, so that what stays outside the bundle is found from there.
  const folder = mkdtempSync(join(root, 'node_modules', '.sallyport-check-'));
  try {
    await build({
      stdin: { contents, resolveDir: root, sourcefile: 'check.ts', loader: 'ts' },
      outdir: folder,
      entryNames: 'check',
      bundle: true,
      splitting: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      outExtension: { '.js': '.mjs' },
      conditions: ['@sallyport/source'],
      logLevel: 'silent',
      plugins: [
        {
          name: 'outside',
          setup({ onResolve }) {
            onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
              kind === 'entry-point' || inlined.test(path) ? undefined : { path, external: true },
            );
          },
        },
      ],
    });
    return await import(pathToFileURL(join(folder, 'check.mjs')).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
