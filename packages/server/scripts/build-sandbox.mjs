// Builds the program inside sandboxes of terminals into one file, since nothing of this package is beside it there.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
await build({
  entryPoints: [at('../src/web-kubectl/sandbox/main.ts')],
  outfile: at('../dist/sandbox.js'),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
});
