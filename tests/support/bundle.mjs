import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * Bundles programs from the sources, ours among them, so that they run in plain Node without a build. `entryPoints` has files by
 * the name of the program, below the repository's folder. Resolves with the folder of `<program>.mjs`.
 */
export async function bundlePrograms(name, entryPoints) {
  // Inside node_modules, so that imports of packages resolve as from the repository.
  const outdir = join(root, 'node_modules/.cache', `sallyport-${name}`);
  await build({
    entryPoints: Object.fromEntries(Object.entries(entryPoints).map(([program, file]) => [program, join(root, file)])),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    conditions: ['@sallyport/source'],
    plugins: [
      {
        name: 'others-are-external',
        setup({ onResolve }) {
          // The web UI brings files along.
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
  return outdir;
}

/**
 * Runs a bundled program in place of this one: same arguments, same output, same exit code. `descriptors`: as many files and
 * sockets as it may have open, as far as the machine allows.
 */
export function become(program, execArgv = [], { descriptors } = {}) {
  const words = [process.execPath, ...execArgv, program, ...process.argv.slice(2)];
  const raise = `ulimit -S -n ${descriptors} 2>/dev/null || ulimit -S -n "$(ulimit -H -n)"; exec "$@"`;
  const [file, ...args] = descriptors === undefined ? words : ['/bin/sh', '-c', raise, 'sh', ...words];
  const child = spawn(file, args, { cwd: root, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
