/** See `run.mjs`. */
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    embedded: { type: 'boolean', default: false },
  },
});
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
const folder = mkdtempSync(join(tmpdir(), 'sallyport-soak-'));
// What was started ends with us.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
let isHeld = false;
try {
  const postgresUrl = values.embedded ? undefined : process.env['SALLYPORT_TEST_POSTGRES_URL'] || undefined;
  const report = await soak({ folder, seed, forMs: Number(values.minutes) * 60_000, postgresUrl });
  process.stdout.write(report.text);
  isHeld = report.isHeld;
} catch (error) {
  process.stdout.write(`the run itself failed (seed ${seed}): ${(error as Error).stack}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
process.exit(isHeld ? 0 : 1);
