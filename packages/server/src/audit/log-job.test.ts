import { type AuditEvent, requestEventId } from '@sallyport/audit';
import { createTreeHasher, openCheckpoint } from '@sallyport/audit/proof';
import { anAuditEvent } from '@sallyport/audit/testing';
import {
  createId,
  type DecisionId,
  type OrganizationId,
  type ReplicaId,
  silentLogger,
  systemClock,
} from '@sallyport/core';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../stores/contracts.ts';
import { type TestStore, testDatabases } from '../stores/testing.ts';
import { startAuditLog } from './log-job.ts';
import { keepReplicaLease } from './replica-lease.ts';
import { createTestSigner } from './testing/checkpoints.ts';

const signer = createTestSigner('https://sallyport.example.com');

/** A store whose transactions fail now and then, at their end or on their way, and for good once it is killed. */
function unreliable(store: Store, rate: () => number): Store {
  const away = () => Math.random() < rate();
  return {
    ...store,
    leases: {
      acquire: (...given) => (away() ? Promise.reject(new Error('away')) : store.leases.acquire(...given)),
      release: (lease) => store.leases.release(lease),
    },
    transact: (work) =>
      store.transact(async (tx) => {
        if (away()) throw new Error('away before');
        const result = await work(tx);
        if (away()) throw new Error('away before the commit');
        return result;
      }),
  };
}

describe.each(testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL']))('the audit log on $name', (database) => {
  let test: TestStore;
  let closers: (() => Promise<void>)[];
  const clock = systemClock;
  beforeEach(async () => {
    test = await database.open({ clock });
    closers = [];
  });
  afterEach(async () => {
    for (const close of closers.reverse()) await close();
    await test.drop();
  });

  async function another(): Promise<Store> {
    if (test.openAnother === undefined) return test.store;
    const store = await test.openAnother();
    closers.push(() => store.close());
    return store;
  }
  function lead(store: Store, holder: string, isAlone = test.openAnother === undefined): void {
    const job = startAuditLog({ store, holder, isAlone, signer, clock, logger: silentLogger });
    closers.push(() => job.close());
  }
  const rowsOf = async <Row>(query: ReturnType<typeof sql<Row>>) => (await query.execute(test.db)).rows;
  const pending = async () => (await rowsOf(sql<{ seq: unknown }>`select seq from audit_pending`)).length;
  const codesOf = async (id: DecisionId) =>
    (
      await rowsOf(sql<{ code: string }>`
        select code from audit_events where event->'request'->>'id' = ${id} order by seq`)
    ).map(({ code }) => code);

  /** That each log counts from 0 without a gap, holds every event once, and is what its newest checkpoint says. */
  async function expectWhole(count: number): Promise<void> {
    const rows = await rowsOf(sql<{ log: string; log_index: unknown; leaf_hash: Uint8Array; own: string }>`
      select log, log_index, leaf_hash, coalesce(organization_id, 'installation') as own
      from audit_log join audit_events using (seq) order by log, log_index`);
    expect(rows).toHaveLength(count);
    const keys = signer.keys();
    for (const log of new Set(rows.map((row) => row.log))) {
      const tree = createTreeHasher();
      for (const row of rows.filter((each) => each.log === log)) {
        expect([Number(row.log_index), row.own]).toEqual([tree.size, log]);
        tree.push(new Uint8Array(row.leaf_hash));
      }
      const newest = await test.store.auditProof.newestCheckpoint(log);
      expect(openCheckpoint(newest?.note ?? '', keys)).toMatchObject({
        origin: `sallyport.example.com/audit/${log}`,
        size: tree.size,
        root: tree.root(),
      });
    }
  }

  it('is gapless and without doubles while two servers write, transactions fail and the leader is killed', async () => {
    const stores = [test.store, await another()];
    let killed = false;
    lead(
      unreliable(stores[0] as Store, () => (killed ? 1 : 0.2)),
      'a',
    );
    if (test.openAnother !== undefined)
      lead(
        unreliable(stores[1] as Store, () => 0.2),
        'b',
      );
    const organizations = [createId('organization'), createId('organization'), undefined];
    const anEvent = (): AuditEvent => {
      const organizationId = organizations[Math.floor(Math.random() * 3)];
      return anAuditEvent({ id: createId('auditEvent'), ...(organizationId && { organizationId }) });
    };
    let written = 0;
    for (let round = 0; round < 60; round++) {
      const batches = stores.map(() => Array.from({ length: Math.ceil(Math.random() * 30) }, anEvent));
      await Promise.all(stores.map((store, i) => store.appendAudit(batches[i] ?? [])));
      // What comes again is there already.
      await stores[round % 2]?.appendAudit(batches[0]?.slice(0, 3) ?? []);
      written += batches.flat().length;
      if (round === 30) killed = test.openAnother !== undefined;
    }
    await expect.poll(pending, { timeout: 30_000, interval: 100 }).toBe(0);
    await expect
      .poll(() => test.store.transact((tx) => tx.auditLog.unsigned()), { timeout: 10_000, interval: 100 })
      .toEqual([]);
    await expectWhole(written);
  }, 60_000);

  it('has an index and a checkpoint for an event within a second', async () => {
    lead(test.store, 'a');
    await expect
      .poll(() => rowsOf(sql`select from leases where name = 'audit-log'`), { timeout: 5_000 })
      .toHaveLength(1);
    for (let i = 0; i < 3; i++) {
      const event = anAuditEvent({ id: createId('auditEvent') });
      await test.store.appendAudit([event]);
      const size = async () => (await test.store.auditProof.newestCheckpoint('installation'))?.size;
      await expect.poll(size, { timeout: 1_000, interval: 20 }).toBe(i + 1);
    }
  }, 20_000);

  it('indexes what a server wrote that is gone, and what was there before there were logs', async () => {
    await test.store.appendAudit(Array.from({ length: 300 }, () => anAuditEvent({ id: createId('auditEvent') })));
    await test.store.leases.acquire('audit-log', 'gone', 2_000);
    lead(test.store, 'b');
    await expect.poll(pending, { timeout: 15_000, interval: 100 }).toBe(0);
    await expectWhole(300);
  }, 30_000);

  describe('requests that a server left open', () => {
    const started = (id: DecisionId, organizationId: OrganizationId): AuditEvent =>
      anAuditEvent({
        id: requestEventId(id, 'started'),
        code: 'proxy.request.started',
        organizationId,
        request: { id, method: 'GET', path: '/api/v1/pods' },
      });
    const completed = (id: DecisionId, organizationId: OrganizationId): AuditEvent =>
      anAuditEvent({
        id: requestEventId(id, 'outcome'),
        code: 'proxy.request.completed',
        organizationId,
        request: { id, method: 'GET', path: '/api/v1/pods' },
        outcome: { status: 200, bytesSent: 1, bytesReceived: 0, durationMs: 1, ended: 'completed' },
      });
    const organizationId = createId('organization');
    const ids = () => [createId('decision'), createId('decision'), createId('decision')] as const;
    const sweep = () => test.store.transact((tx) => tx.auditLog.interrupt(100));
    const open = () => rowsOf(sql<{ request_id: string }>`select request_id from open_requests`);

    it('get one outcome when its lease has ended, none while it lives or when they have theirs', async () => {
      const [gone, live] = [createId('replica'), createId('replica')] as [ReplicaId, ReplicaId];
      const [cut, whole, going] = ids();
      await test.store.replicas.renew(gone, 60_000);
      await test.store.replicas.renew(live, 60_000);
      await test.store.appendAudit([started(cut, organizationId), started(whole, organizationId)], { replicaId: gone });
      await test.store.appendAudit([completed(whole, organizationId)], { replicaId: gone });
      await test.store.appendAudit([started(going, organizationId)], { replicaId: live });
      expect(await sweep()).toBe(0);
      await test.store.replicas.renew(gone, 0);
      expect(await sweep()).toBe(2);
      expect(await sweep()).toBe(0);
      expect(await codesOf(cut)).toEqual(['proxy.request.started', 'proxy.request.interrupted']);
      expect(await codesOf(whole)).toEqual(['proxy.request.started', 'proxy.request.completed']);
      expect(await codesOf(going)).toEqual(['proxy.request.started']);
      expect(
        await rowsOf(
          sql`select event->'details'->>'replicaId' as id from audit_events where code = 'server.replica.lost'`,
        ),
      ).toEqual([{ id: gone }]);
      // It comes back and tells what it knows: the outcome stands.
      await test.store.appendAudit([completed(cut, organizationId)], { replicaId: gone });
      expect(await codesOf(cut)).toEqual(['proxy.request.started', 'proxy.request.interrupted']);
      await test.store.replicas.leave(live);
      expect(await sweep()).toBe(1);
      expect(await open()).toEqual([]);
    });

    it('are not open again when their start comes a second time, from a spool', async () => {
      const replicaId = createId('replica');
      const [done, both] = ids();
      await test.store.appendAudit([started(done, organizationId)], { replicaId });
      await test.store.appendAudit([completed(done, organizationId)], { replicaId });
      await test.store.appendAudit([started(done, organizationId)], { replicaId });
      await test.store.appendAudit([started(both, organizationId), completed(both, organizationId)], { replicaId });
      expect(await open()).toEqual([]);
    });

    it('are not open when their start was taken late, behind their outcome', async () => {
      const replicaId = createId('replica');
      const [refused, going] = ids();
      await test.store.appendAudit([completed(refused, organizationId)], { replicaId });
      await test.store.appendAudit([started(refused, organizationId), started(going, organizationId)], { replicaId });
      expect(await codesOf(refused)).toEqual(['proxy.request.completed', 'proxy.request.started']);
      expect(await open()).toEqual([{ request_id: going }]);
      await test.store.appendAudit([completed(going, organizationId)], { replicaId });
    });

    it('are ended by the leader while a server that lives keeps its own, and leaves none when it closes', async () => {
      const isAlone = test.openAnother === undefined;
      const [gone, replicaId] = [createId('replica'), createId('replica')];
      const [cut, going] = ids();
      await test.store.replicas.renew(gone, 60_000);
      await test.store.appendAudit([started(cut, organizationId)], { replicaId: gone });
      const lease = await keepReplicaLease({
        replicas: test.store.replicas,
        replicaId,
        isAlone,
        clock,
        logger: silentLogger,
      });
      closers.push(() => lease.close());
      await test.store.appendAudit([started(going, organizationId)], { replicaId });
      if (!isAlone) await test.store.replicas.expireOthers(replicaId);
      lead(test.store, 'a', true);
      await expect.poll(() => codesOf(cut), { timeout: 10_000 }).toContain('proxy.request.interrupted');
      expect(await codesOf(going)).toEqual(['proxy.request.started']);
    }, 20_000);
  });
});
