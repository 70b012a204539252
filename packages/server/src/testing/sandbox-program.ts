import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

let built: string | undefined;

/** Builds the program of sandboxes from its sources, once, as the package's own build does. */
export function buildSandboxProgram(): string {
  if (built !== undefined) return built;
  const file = join(mkdtempSync(join(tmpdir(), 'sallyport-sandbox-')), 'sandbox.mjs');
  buildSync({
    entryPoints: [fileURLToPath(new URL('../web-kubectl/sandbox/main.ts', import.meta.url))],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  built = file;
  return file;
}
