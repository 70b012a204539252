import { anAuditEvent } from '@sallyport/audit/testing';
import { createId } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from './contracts.ts';
import { testDatabases } from './testing.ts';

for (const database of testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL'])) {
  describe(`the store on ${database.name}`, () => {
    let store: Store;
    let drop: () => Promise<void>;
    beforeAll(async () => {
      ({ store, drop } = await database.open());
    });
    afterAll(() => drop());

    it('writes and reads', async () => {
      const organizationId = createId('organization');
      const clusterId = createId('cluster');
      const before = await store.changes.head();
      await store.transact(async (tx) => {
        await tx.putOrganization({ id: organizationId, name: 'acme' });
        await tx.putCluster({ id: clusterId, organizationId, name: 'prod', labels: { a: 'b' } });
        await tx.appendAudit(anAuditEvent({ organizationId, clusterId }));
      });
      expect(await store.changes.head()).toBe(before + 1);
      const read = await store.changes.read(before);
      expect(read.records.clusters).toEqual([{ id: clusterId, organizationId, name: 'prod', labels: { a: 'b' } }]);
      expect(read.records.roles).toBeUndefined();
      expect(await store.listAudit({ organizationId, limit: 10 })).toHaveLength(1);
      const issued = await store.transact((tx) => tx.issueJoinToken(clusterId, 60_000));
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, () => store.transact((tx) => tx.redeemJoinToken(issued.token.reveal()))),
      );
      expect(outcomes.filter((outcome) => 'clusterId' in outcome)).toEqual([{ clusterId }]);
    });
  });
}
