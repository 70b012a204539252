// Every case of docs/security-cases.md has a test whose name begins with its id, or is on the list of those not due.
// `--write` takes the ids that have a test by now off that list.

import { checkShrinkingList } from './lib/shrinking-list.mjs';
import { listFiles, read, report } from './lib/workspace.mjs';

const cases = new Set(
  [...read('docs/security-cases.md').matchAll(/^- \*\*(SEC-[A-H]\d{2})\*\*/gm)].map(([, id]) => id),
);
const tested = new Map();
// Tests that are data, run by several test files, count as well.
for (const path of listFiles(/(?:\.test\.tsx?|-(?:conformance|suite|cases)\.ts)$/)) {
  // The id opens a test's name; a name may open with several: `SEC-D06 SEC-D17 refuses …`.
  for (const [, ids] of read(path).matchAll(/['"`]((?:SEC-[A-H]\d{2}[ ,]+)+)/g)) {
    for (const [id] of ids.matchAll(/SEC-[A-H]\d{2}/g)) tested.set(id, path);
  }
}
const missing = [...cases].filter((id) => !tested.has(id));
report([
  ...[...tested]
    .filter(([id]) => !cases.has(id))
    .map(([id, path]) => `${path}: ${id} is not in docs/security-cases.md`),
  ...checkShrinkingList('tests/checks/security-cases-not-due.json', missing, {
    write: process.argv.includes('--write'),
    whose: 'test',
  }),
]);
