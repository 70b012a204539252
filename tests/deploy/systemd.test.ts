import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lacks, part, repository, run, temporaryFolder } from '../support/index.ts';

/** Highest exposure that `systemd-analyze security` may find, from 0 to 10. */
const MAX_EXPOSURE = 2;

describe.skipIf(lacks('systemdAnalyze'))('the units of deploy/systemd', () => {
  const folder = temporaryFolder('units');

  for (const program of ['server', 'agent'] as const) {
    const name = `sallyport-${program}.service`;
    const text = readFileSync(join(repository, 'deploy/systemd', name), 'utf8');
    const file = join(folder, name);
    // The unit asks for a program that this machine may not have there.
    writeFileSync(file, text.replace('/usr/local/bin/sallyport', join(repository, 'packages/cli/bin/sallyport.js')));

    it(`${name} has no mistake that systemd knows of`, async () => {
      expect(await run(part('systemdAnalyze'), ['verify', file])).toMatchObject({ code: 0, stdout: '', stderr: '' });
      const wrong = join(folder, `wrong-${name}`);
      writeFileSync(wrong, text.replace('RestrictRealtime', 'RestrictRealtimes'));
      expect((await run(part('systemdAnalyze'), ['verify', wrong])).stderr).toContain('RestrictRealtimes');
    });

    it(`${name} gives next to nothing away`, async () => {
      const limit = String(MAX_EXPOSURE * 10);
      const asked = ['security', '--offline=yes', '--no-pager', `--threshold=${limit}`, file];
      const told = await run(part('systemdAnalyze'), asked);
      expect(told.code, told.stdout).toBe(0);
    });

    it(`${name} stops no later than the program does`, () => {
      const seconds = Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1]);
      expect(seconds).toBeGreaterThan(30);
    });
  }
});
