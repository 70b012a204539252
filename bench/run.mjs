// `npm run bench`: compiles the drivers beside this file and runs them against the built packages: what there are floors
// for, in some minutes. `--all` runs all measures, `--only small-h1,bulk` some, `--quick` each once; `--write` puts the tables into
// docs/performance.md.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..');
const built = spawnSync(process.execPath, [join(root, '.ci/bootstrap.mjs')], { cwd: root, stdio: 'inherit' });
if (built.status !== 0) process.exit(built.status ?? 1);

const { build } = await import('esbuild');
// Inside node_modules, so that imports of packages resolve as from the repository.
const outdir = join(root, 'node_modules/.cache/sallyport-bench');
await build({
  entryPoints: readdirSync(here)
    .filter((name) => name === 'main.ts' || name.endsWith('-process.ts'))
    .map((name) => join(here, name)),
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'warning',
});
const child = spawn(process.execPath, [join(outdir, 'main.mjs'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
