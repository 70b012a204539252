// Runs every test and ends with one line to read: `N passed, N failed, N skipped`. Arguments go to vitest, e.g.
// `npm test -- packages/tunnel`. A test that lacks an outside part says so in a line and counts as skipped.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const scratch = mkdtempSync(join(tmpdir(), 'sallyport-test-'));
const report = join(scratch, 'report.json');

/** Counts the tests of a vitest JSON report; a file that could not be loaded is one failure. */
function count(path, exitCode) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    for (const file of JSON.parse(readFileSync(path, 'utf8')).testResults) {
      for (const { status } of file.assertionResults) {
        counts[status === 'passed' || status === 'failed' ? status : 'skipped'] += 1;
      }
      const failedInside = file.assertionResults.some(({ status }) => status === 'failed');
      if (file.status === 'failed' && !failedInside) counts.failed += 1;
    }
  } catch {
    counts.failed += 1;
  }
  // An error outside any test (an unhandled rejection) fails the run without failing a test.
  if (exitCode !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

const child = spawn(
  process.execPath,
  [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('close', (code) => {
  const { passed, failed, skipped } = count(report, code);
  rmSync(scratch, { recursive: true, force: true });
  process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  process.exitCode = failed === 0 ? 0 : 1;
});
