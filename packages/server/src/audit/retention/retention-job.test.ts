import type { AuditEvent, AuditEventCode } from '@sallyport/audit';
import { readLines, verifyLog } from '@sallyport/audit/proof';
import { anAuditEvent } from '@sallyport/audit/testing';
import { createId, type OrganizationId, type PrincipalId, Secret, silentLogger } from '@sallyport/core';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Lease } from '../../stores/key-contracts.ts';
import type { HoldSelection } from '../../stores/retention-contracts.ts';
import { type TestStore, testDatabases } from '../../stores/testing.ts';
import { exportBundle } from '../export-bundle.ts';
import { createTestSigner, indexAndSign } from '../testing/checkpoints.ts';
import { formatRanges } from './index-ranges.ts';
import { applyRetention } from './retention-job.ts';

const signer = createTestSigner();
const DAY_MS = 86_400_000;

describe('ranges of indexes', () => {
  it('join what follows on one another', () => {
    expect(formatRanges([0, 1, 2, 4, 7, 8])).toBe('0-2,4,7-8');
    expect(formatRanges([])).toBe('');
  });
});

describe.each(testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL']))('retention on $name', (database) => {
  /** One of its own for each test: they share the database, which takes its time to open. */
  let organizationId: OrganizationId;
  const person = createId('principal');
  let clock: FakeClock;
  let test: TestStore;
  let lease: Lease;

  beforeAll(async () => {
    clock = createFakeClock();
    test = await database.open({ clock });
    lease = (await test.store.leases.acquire('audit-retention', 'a', 10_000 * DAY_MS)) as Lease;
  }, 60_000);
  beforeEach(() => {
    organizationId = createId('organization');
  });
  afterAll(() => test.drop());

  const apply = () => applyRetention({ store: test.store, holder: 'a', clock, logger: silentLogger }, lease);
  const index = () => indexAndSign(test.store, signer);
  const eventOf = (code: AuditEventCode, daysAgo: number, principalId: PrincipalId = person) =>
    anAuditEvent({
      code,
      organizationId,
      at: new Date(clock.now() - daysAgo * DAY_MS),
      principal: { id: principalId, userName: 'ada', groups: [], issuer: 'https://idp.test' },
    }) as AuditEvent;
  const append = async (...events: readonly AuditEvent[]) => {
    await test.store.appendAudit(events);
    await index();
  };
  const kept = async () =>
    (await test.store.listAudit({ organizationId, limit: 1_000 })).toReversed().map(({ code }) => code);
  const set = (spec: Record<string, string>) => test.store.transact((tx) => tx.retention.set(organizationId, spec, 0));
  const hold = (selection: HoldSelection, name = 'case-1') =>
    test.store.transact((tx) =>
      tx.retention.hold({
        id: createId('legalHold'),
        organizationId,
        name,
        reason: 'asked for',
        selection,
        createdBy: 'ada',
        createdAt: new Date(clock.now()),
      }),
    );
  const verify = () =>
    verifyLog(
      readLines(
        exportBundle({ rows: test.store.auditProof }, { log: organizationId, keys: signer.keys(), at: new Date() }),
      ),
      { keys: signer.keys() },
    );

  it('deletes what is over by its category, and the log holds without it', async () => {
    await append(
      eventOf('proxy.request.started', 400),
      eventOf('key.rotated', 400),
      eventOf('proxy.request.completed', 400),
      eventOf('proxy.request.started', 300),
      eventOf('key.rotated', 3_000),
    );
    await apply();
    await index();
    expect(await kept()).toEqual([
      'key.rotated',
      'proxy.request.started',
      'audit.retention.applied',
      'audit.retention.applied',
    ]);
    const told = (await test.store.listAudit({ organizationId, limit: 10 })).filter(
      ({ code }) => code === 'audit.retention.applied',
    );
    expect(told.map(({ details }) => details)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ category: 'proxy', deleted: 2, ranges: '0,2' }),
        expect.objectContaining({ category: 'key', deleted: 1, ranges: '4' }),
      ]),
    );
    expect(await verify()).toMatchObject({ holds: true, entries: 7, removed: 3 });
    await apply();
    expect(await kept()).toHaveLength(4);
  });

  it('is told from a deletion by somebody else', async () => {
    const [over, young, taken] = [400, 300, 250].map((days) => eventOf('proxy.request.started', days));
    await append(...([over, young, taken] as AuditEvent[]));
    await apply();
    await index();
    await sql`alter table audit_events disable trigger user`.execute(test.db);
    await sql`delete from audit_events where id = ${taken?.id}`.execute(test.db);
    await sql`alter table audit_events enable trigger user`.execute(test.db);
    expect(await verify()).toMatchObject({ holds: false, findings: [{ kind: 'deleted', index: 2 }] });
  });

  it('keeps what is set to be kept for ever, and what tells of deletions whatever is set', async () => {
    await set({ proxy: 'forever', audit: '1d', key: '1d' });
    await append(eventOf('proxy.request.started', 9_000), eventOf('key.rotated', 2));
    await apply();
    await index();
    clock.advance(30 * DAY_MS);
    await apply();
    expect(await kept()).toEqual(['proxy.request.started', 'audit.retention.applied']);
  });

  it('deletes nothing that a hold in force selects, until it is released', async () => {
    const other = createId('principal');
    await append(eventOf('proxy.request.started', 400), eventOf('proxy.request.started', 400, other));
    await hold({ principalId: person });
    await apply();
    expect(await kept()).toEqual(['proxy.request.started', 'audit.retention.applied']);
    const [applied] = await test.store.listAudit({ organizationId, limit: 1 });
    expect(applied?.details).toMatchObject({ deleted: 1, held: 1 });
    await test.store.transact((tx) =>
      tx.retention.release(organizationId, 'case-1', { at: new Date(clock.now()), by: 'ada', reason: 'closed' }),
    );
    await apply();
    expect(await kept()).toEqual(['audit.retention.applied', 'audit.retention.applied']);
  });

  it.each<[string, HoldSelection, boolean]>([
    ['everything', {}, true],
    ['a time that holds it', { since: new Date(0) }, true],
    ['a time after it', { since: new Date('2999-01-01T00:00:00Z') }, false],
    ['a time before it', { until: new Date(0) }, false],
    ['another cluster', { clusterId: createId('cluster') }, false],
    ['another person', { principalId: createId('principal') }, false],
    ['an access request', { accessRequestId: createId('accessRequest') }, false],
    ['a recording', { recordingId: createId('sessionRecording') }, false],
    ['its person in another cluster', { principalId: person, clusterId: createId('cluster') }, false],
  ])('a hold on %s keeps an event: %o', async (_, selection, isKept) => {
    await append(eventOf('proxy.request.started', 400));
    await hold(selection);
    await apply();
    expect((await kept()).includes('proxy.request.started')).toBe(isKept);
  });

  it('deletes recordings, whose chunks are then to be deleted, but for those that are held', async () => {
    const record = async () => {
      const id = createId('sessionRecording');
      await test.store.transact(async (tx) => {
        await tx.recordings.start({
          id,
          requestId: createId('decision'),
          replicaId: createId('replica'),
          organizationId,
          clusterId: createId('cluster'),
          clusterName: 'prod',
          principalId: person,
          userName: 'ada',
          kind: 'exec',
          namespace: 'shop',
          pod: 'web-0',
          isTty: true,
          isRequired: false,
          hasStdin: false,
          startedAt: new Date(clock.now() - 401 * DAY_MS),
          key: { blobStore: 'memory', dataKey: new Secret('key') },
        });
        await tx.recordings.end({ id, state: 'complete', endedAt: new Date(clock.now() - 400 * DAY_MS) });
      });
      return id;
    };
    const [gone, held] = [await record(), await record()];
    await append(eventOf('key.rotated', 0));
    await hold({ recordingId: held });
    await apply();
    expect(await test.store.recordings.find(organizationId, gone)).toBeUndefined();
    expect(await test.store.recordings.find(organizationId, held)).toBeDefined();
    expect(await test.store.recordings.deleted(10)).toEqual([{ id: gone, blobStore: 'memory' }]);
    expect(await kept()).toContain('session.recording.deleted');
  });

  it('keeps of the checkpoints the last of each hour, what a witness took last, all of a day, and all under a hold', async () => {
    const hourMs = 3_600_000;
    const nextHour = () => clock.advance(hourMs - (clock.now() % hourMs));
    const sizes = async () => {
      const { rows } = await sql<{ size: unknown }>`
        select size from audit_checkpoints where log = ${organizationId} order by size`.execute(test.db);
      return rows.map(({ size }) => Number(size));
    };
    const sign = async (times: number) => {
      for (let i = 0; i < times; i++) {
        await append(eventOf('key.rotated', 0));
        clock.advance(1_000);
      }
    };
    nextHour();
    await sign(4);
    nextHour();
    await sign(3);
    await test.store.transact((tx) => tx.auditProof.putWitnessed({ witness: 'outside', log: organizationId, size: 2 }));
    await apply();
    expect(await sizes()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    clock.advance(DAY_MS);
    await hold({}, 'case-2');
    await apply();
    expect(await sizes()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    await test.store.transact((tx) =>
      tx.retention.release(organizationId, 'case-2', { at: new Date(clock.now()), by: 'ada', reason: 'closed' }),
    );
    await apply();
    expect(await sizes()).toEqual([2, 4, 7]);
    expect(await verify()).toMatchObject({ holds: true, entries: 7, checkpoints: 2 });
  });

  it('leaves nothing of what it deleted for a search to find, at once', async () => {
    await append(eventOf('proxy.request.started', 400), eventOf('proxy.request.started', 1));
    await apply();
    const { rows } = await sql<{ log_index: unknown; found: boolean }>`
      select log_index, exists (select from audit_events where audit_events.seq = audit_log.seq) as found
      from audit_log where log = ${organizationId} order by log_index`.execute(test.db);
    expect(rows.map(({ log_index, found }) => [Number(log_index), found])).toEqual([[1, true]]);
  });

  it('leaves the table closed to any other deletion and change', async () => {
    await append(eventOf('proxy.request.started', 400), eventOf('proxy.request.started', 1));
    await apply();
    const closed = /append-only/;
    await expect(sql`delete from audit_events`.execute(test.db)).rejects.toThrow(closed);
    await expect(sql`update audit_events set code = 'x'`.execute(test.db)).rejects.toThrow(closed);
    await expect(sql`truncate audit_events`.execute(test.db)).rejects.toThrow(closed);
    const inRetention = test.db.transaction().execute(async (tx) => {
      await sql`select set_config('sallyport.retention', 'on', true)`.execute(tx);
      await sql`update audit_events set code = 'x'`.execute(tx);
    });
    await expect(inRetention).rejects.toThrow(closed);
    expect(await kept()).toHaveLength(2);
  });

  it('deletes nothing once another server runs it', async () => {
    await append(eventOf('proxy.request.started', 400));
    clock.advance(20_000 * DAY_MS);
    await test.store.leases.acquire('audit-retention', 'b', DAY_MS);
    await expect(apply()).rejects.toMatchObject({ code: 'ERR_STORE_LEASE_LOST' });
    expect(await kept()).toEqual(['proxy.request.started']);
  });
});
