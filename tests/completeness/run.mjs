// `npm run completeness -- --minutes 30`: mixed kubectl load on a real cluster through servers and agents that are killed at
// random; then the cluster's own audit log is held against ours. `--seed` repeats a sequence of kills and commands. Needs what
// the whole-stack tests need: a cluster with its audit log, kubectl, an image, PostgreSQL.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
// Inside node_modules, so that imports of packages resolve as from the repository.
const outdir = join(root, 'node_modules/.cache/sallyport-completeness');
await build({
  entryPoints: {
    main: join(here, 'main.ts'),
    server: join(root, 'packages/server/src/main.ts'),
    agent: join(root, 'packages/agent/src/main.ts'),
  },
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  conditions: ['@sallyport/source'],
  plugins: [
    {
      name: 'others-are-external',
      setup({ onResolve }) {
        // Our packages from their sources, so that no build is needed; the web UI brings files along.
        onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
          kind === 'entry-point' || (path.startsWith('@sallyport/') && !path.startsWith('@sallyport/web'))
            ? undefined
            : { path, external: true },
        );
      },
    },
  ],
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
