import type { AuditEvent, AuditOutcome } from '@sallyport/audit';
import { anAuditEvent } from '@sallyport/audit/testing';
import { createId, type PrincipalId } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestStore, testDatabases } from './testing.ts';

const [ada, eve] = [createId('principal'), createId('principal')];
const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute));
const OUTCOME: AuditOutcome = { status: 101, bytesSent: 1, bytesReceived: 2, durationMs: 3, ended: 'accessEnded' };

/** The end of a stream. */
const ended = (
  minute: number,
  of: PrincipalId = ada,
  outcome: Partial<AuditOutcome> = {},
  code: AuditEvent['code'] = 'proxy.request.completed',
): AuditEvent =>
  anAuditEvent({
    id: createId('auditEvent'),
    at: at(minute),
    code,
    principal: { id: of, userName: 'x', groups: [], issuer: 'https://idp.example.com' },
    outcome: { ...OUTCOME, ...outcome },
  });

for (const database of testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL'])) {
  describe(`ended streams on ${database.name}`, () => {
    let testStore: TestStore;
    beforeAll(async () => {
      testStore = await database.open({ clock: createFakeClock() });
    }, 30_000);
    afterAll(() => testStore.drop());

    it('are those of one principal that lost their access or their tunnel, newest first, from an instant on', async () => {
      const told = [ended(10), ended(30, ada, { ended: 'tunnelLost' }), ended(20, ada, { reason: 'access has ended' })];
      await testStore.store.appendAudit([
        ended(9),
        ...told,
        ended(15, eve),
        ended(16, ada, { ended: 'completed' }),
        ended(17, ada, { ended: 'cancelled' }),
        ended(18, ada, {}, 'proxy.request.denied'),
      ]);
      const list = (limit: number) => testStore.store.listEndedStreams({ principalId: ada, since: at(10), limit });
      expect((await list(10)).map(({ id }) => id)).toEqual([told[1]?.id, told[2]?.id, told[0]?.id]);
      expect((await list(2)).map(({ outcome }) => outcome)).toEqual([
        { ...OUTCOME, ended: 'tunnelLost' },
        { ...OUTCOME, reason: 'access has ended' },
      ]);
    });
  });
}
