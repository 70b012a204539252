/** What the credential plugin adds to each kubectl while its cache is warm, against the start of a Node that does nothing. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '@sallyport/core';
import { formatCredentialCache, formatCredentialShim } from '@sallyport/core/kubeconfig';
import type { Comparison } from './comparison.ts';
import { spreadOf } from './statistics.ts';

const RUNS = 12;

/** Both programs in turns, the median of a round's runs. */
export const credentialShim: Comparison = {
  id: 'shim',
  title: 'credential plugin, warm',
  unit: 'ms wall',
  figure: 'shim',
  baseline: 'empty Node program',
  async open({ folder }) {
    const cacheFolder = join(folder, 'credentials');
    mkdirSync(cacheFolder, { recursive: true });
    const expiresAt = new Date(Date.now() + 3_600_000);
    // As long as a real one.
    const token = new Secret('x'.repeat(700));
    writeFileSync(join(cacheFolder, 'bench'), formatCredentialCache({ token, expiresAt }), { mode: 0o600 });
    const empty = join(folder, 'empty.mjs');
    writeFileSync(empty, '');
    const shim = join(folder, 'shim');
    // With a cold cache it would become the empty program, which prints nothing.
    const script = formatCredentialShim({ platform: 'posix', cacheFolder, runtime: process.execPath, args: [empty] });
    writeFileSync(shim, script, { mode: 0o700 });
    const [asShim, asEmpty] = [() => time(shim, ['--cluster', 'bench']), () => time(process.execPath, [empty])];
    if (!asShim().output.includes('ExecCredential')) throw new Error('the shim did not answer from its cache');
    return {
      async round() {
        const times = { shim: [] as number[], empty: [] as number[] };
        for (let run = 0; run < RUNS; run += 1) {
          times.shim.push(asShim().ms);
          times.empty.push(asEmpty().ms);
        }
        return { shim: spreadOf(times.shim).median, 'empty Node program': spreadOf(times.empty).median };
      },
      close: async () => {},
    };
  },
};

/** Runs a program and waits in place, so that no event loop stands between its end and the clock. */
function time(program: string, args: readonly string[]): { readonly ms: number; readonly output: string } {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  const ms = performance.now() - started;
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
  return { ms, output: stdout };
}
