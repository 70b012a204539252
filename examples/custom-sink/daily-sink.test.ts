import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAuditEvent } from '@sallyport/audit';
import { anAuditEvent, auditSinkConformance } from '@sallyport/audit/testing';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/support/index.ts';
import { createDailySink } from './daily-sink.ts';

const root = temporaryFolder('custom-sink');
const aFolder = () => mkdtempSync(join(root, 'sink-'));
const linesOf = (folder: string) =>
  readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'));

for (const { name, run } of auditSinkConformance) {
  it(name, () =>
    run(async () => {
      const folder = aFolder();
      return { sink: createDailySink(folder), read: async () => linesOf(folder).map(parseAuditEvent) };
    }),
  );
}

it('begins a file with each day', async () => {
  const folder = aFolder();
  const days = ['2026-01-01T23:59:59.999Z', '2026-01-02T00:00:00.000Z'];
  await createDailySink(folder).write(days.map((at) => anAuditEvent({ at: new Date(at) })));
  expect(readdirSync(folder).sort()).toEqual(['2026-01-01.ndjson', '2026-01-02.ndjson']);
});

it('is what docs/audit.md shows', () => {
  const page = readFileSync(new URL('../../docs/audit.md', import.meta.url), 'utf8');
  expect(page).toContain(readFileSync(new URL('daily-sink.ts', import.meta.url), 'utf8'));
});
