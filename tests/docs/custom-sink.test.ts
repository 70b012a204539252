import { readFileSync } from 'node:fs';
import type { AuditEvent, AuditSink } from '@sallyport/audit';
import { auditSinkConformance } from '@sallyport/audit/testing';
import { expect, it } from 'vitest';

function createListSink(list: AuditEvent[]): AuditSink {
  let isClosed = false;
  return {
    name: 'list',
    async write(batch) {
      if (isClosed) throw new Error('the list is closed');
      list.push(...batch);
    },
    async close() {
      isClosed = true;
    },
  };
}

for (const { name, run } of auditSinkConformance) {
  const list: AuditEvent[] = [];
  it(name, () => run(async () => ({ sink: createListSink(list), read: async () => list })));
}

it('is what docs/audit.md shows', () => {
  const page = readFileSync(new URL('../../docs/audit.md', import.meta.url), 'utf8');
  const own = readFileSync(new URL(import.meta.url), 'utf8');
  const code = /^function createListSink[\s\S]*?^for [\s\S]*?^}$/m.exec(own)?.[0] ?? 'nothing';
  expect(page).toContain(code);
});
