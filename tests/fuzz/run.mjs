// `npm run fuzz -- --minutes 60`: rounds of the fuzzers, each from a new seed, until the time is over or one fails. A failure
// names its seed; `SALLYPORT_FUZZ_SEED=<seed> npx vitest run tests/fuzz` runs the same cases again. `--seed` sets the first.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } } });
const until = performance.now() + Number(values.minutes) * 60_000;
let seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
do {
  process.stdout.write(`seed ${seed}\n`);
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', 'tests/fuzz'], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, SALLYPORT_FUZZ_SEED: String(seed) },
  });
  if (status !== 0) process.exit(status ?? 1);
  seed = (seed + 1) % 2 ** 31;
} while (performance.now() < until);
