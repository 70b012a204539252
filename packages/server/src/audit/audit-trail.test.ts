import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEvent, AuditPipeline } from '@sallyport/audit';
import { openSpool } from '@sallyport/audit/spool';
import { anAuditEvent } from '@sallyport/audit/testing';
import { createId, type ReplicaId, silentLogger, systemClock } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Store } from '../stores/contracts.ts';
import { type TestStore, testDatabases } from '../stores/testing.ts';
import { type AuditTrailOptions, openAuditTrail } from './audit-trail.ts';
import { openOwnSpool } from './spool-folders.ts';
import { createTestSigner } from './testing/checkpoints.ts';

const [embedded] = testDatabases(undefined);
const signer = createTestSigner();
const logger = silentLogger;

/** A store that can be away: then whatever is asked of it fails. */
function createLeavableStore(store: Store) {
  let isAway = false;
  const unlessAway = <Result>(ask: () => Promise<Result>): Promise<Result> =>
    isAway ? Promise.reject(new Error('away')) : ask();
  return {
    store: {
      ...store,
      appendAudit: (...given: Parameters<Store['appendAudit']>) => unlessAway(() => store.appendAudit(...given)),
      transact: ((work) => unlessAway(() => store.transact(work))) as Store['transact'],
      leases: { ...store.leases, acquire: (...given) => unlessAway(() => store.leases.acquire(...given)) },
      replicas: { ...store.replicas, renew: (...given) => unlessAway(() => store.replicas.renew(...given)) },
    } satisfies Store,
    leave() {
      isAway = true;
    },
    comeBack() {
      isAway = false;
    },
  };
}

describe('the audit trail of a server', () => {
  let test: TestStore;
  let stateDir: string;
  let closers: (() => Promise<void>)[];
  beforeEach(async () => {
    if (embedded === undefined) throw new Error('there is always the embedded database');
    test = await embedded.open();
    stateDir = await mkdtemp(join(tmpdir(), 'sallyport-trail-'));
    closers = [];
  });
  afterEach(async () => {
    for (const close of closers.reverse()) await close();
    await test.drop();
    await rm(stateDir, { recursive: true, force: true });
  });

  const some = (count: number) => Array.from({ length: count }, () => anAuditEvent({ id: createId('auditEvent') }));
  const ids = (events: readonly AuditEvent[]) => events.map(({ id }) => id);
  const root = () => join(stateDir, 'audit', 'spool');
  async function open(options: Partial<AuditTrailOptions> = {}) {
    const replicaId = createId('replica');
    const given = { store: test.store, replicaId, stateDir, isAlone: true, signer, clock: systemClock, logger };
    const trail = await openAuditTrail({ ...given, ...options });
    closers.push(() => trail.close());
    return trail;
  }
  /** What a server leaves that was killed with events in its spool. */
  async function leave(replicaId: ReplicaId, events: readonly AuditEvent[], drainedCount = 0): Promise<void> {
    const spool = await openSpool({ folder: join(root(), replicaId) });
    for (const event of events) await spool.append(event);
    if (drainedCount > 0) await spool.drained(await spool.read(drainedCount));
    await spool.close();
  }
  const written = async () => {
    const { rows } = await sql<{ id: string }>`select id from audit_events order by seq`.execute(test.db);
    return rows.map(({ id }) => id);
  };

  it('SEC-G01 brings home what killed servers left in their spools before it takes an event, each once', async () => {
    const [first, second] = [createId('replica'), createId('replica')].sort() as [ReplicaId, ReplicaId];
    const [delivered, marked, waiting, other, own] = some(5) as [
      AuditEvent,
      AuditEvent,
      AuditEvent,
      AuditEvent,
      AuditEvent,
    ];
    // The first was marked as drained; the second reached the database, and the server was killed before it could mark it.
    await test.store.appendAudit([delivered, marked], { replicaId: first });
    await leave(first, [delivered, marked, waiting], 1);
    await leave(second, [other]);
    const { pipeline } = await open();
    expect(await readdir(root())).toHaveLength(1);
    await pipeline.record(own, 'required');
    expect(await written()).toEqual(ids([delivered, marked, waiting, other, own]));
  });

  it('leaves the spool of a server that lives alone', async () => {
    const living = createId('replica');
    const spool = await openOwnSpool({ root: root(), clock: systemClock, logger }, living);
    const [event] = some(1) as [AuditEvent];
    await spool.append(event);
    await open();
    expect(await written()).toEqual([]);
    expect(ids((await spool.read(10)).events)).toEqual([event.id]);
    await spool.close();
  });

  it('does not begin while what was left can not be brought home, and loses none of it', async () => {
    const database = createLeavableStore(test.store);
    const gone = createId('replica');
    const events = some(3);
    await leave(gone, events);
    database.leave();
    await expect(open({ store: database.store })).rejects.toThrow('away');
    expect(await readdir(root())).toEqual([gone]);
    database.comeBack();
    await open({ store: database.store });
    expect(await written()).toEqual(ids(events));
  });

  it('SEC-G09 while the database is away for ten minutes, refuses what must be in it and keeps the rest, which comes home in order and once', async () => {
    const clock = createFakeClock();
    const database = createLeavableStore(test.store);
    const { pipeline, failure } = await open({ store: database.store, clock });
    database.leave();
    const [spooled, required] = [some(120), some(20)];
    const refusals: Promise<string>[] = [];
    for (let i = 0; i < 120; i++) {
      await pipeline.record(spooled[i] as AuditEvent, 'prompt');
      if (i % 6 === 0) refusals.push(refusalOf(pipeline, required[i / 6] as AuditEvent));
      await clock.advanceAsync(5_000);
    }
    await clock.advanceAsync(10_000);
    expect(new Set(await Promise.all(refusals))).toEqual(new Set(['ERR_AUDIT_UNDELIVERED']));
    expect(await written()).toEqual([]);
    expect(failure()).toBeUndefined();
    database.comeBack();
    await vi.waitFor(async () => {
      await clock.advanceAsync(1_000);
      expect(await written()).toHaveLength(140);
    }, 20_000);
    const taken = await written();
    expect(taken.filter((id) => ids(spooled).includes(id as AuditEvent['id']))).toEqual(ids(spooled));
    expect(taken.filter((id) => ids(required).includes(id as AuditEvent['id']))).toEqual(ids(required));
    await vi.waitFor(async () => {
      await clock.advanceAsync(1_000);
      const { rows } = await sql<{ log_index: unknown }>`select log_index from audit_log`.execute(test.db);
      expect(new Set(rows.map(({ log_index }) => Number(log_index))).size).toBe(140);
    }, 20_000);
  });

  it('SEC-G09 tells that it takes no events once its spool is full, and takes them again when the database is back', async () => {
    const database = createLeavableStore(test.store);
    const trail = await open({ store: database.store, maxSpoolBytes: 8_000 });
    database.leave();
    const taken: AuditEvent[] = [];
    let refusal: string | undefined;
    for (const event of some(100)) {
      refusal = await trail.pipeline.record(event, 'prompt').then(
        () => void taken.push(event),
        (error: { code: string }) => error.code,
      );
      if (refusal !== undefined) break;
    }
    expect(refusal).toBe('ERR_AUDIT_SPOOL_FULL');
    expect(trail.failure()).toMatchObject({ code: 'ERR_AUDIT_SPOOL_FULL' });
    database.comeBack();
    await trail.pipeline.flush();
    const [event] = some(1) as [AuditEvent];
    await trail.pipeline.record(event, 'prompt');
    expect(trail.failure()).toBeUndefined();
    await trail.pipeline.flush();
    expect(await written()).toEqual(ids([...taken, event]));
  });
});

function refusalOf(pipeline: AuditPipeline, event: AuditEvent): Promise<string> {
  return pipeline.record(event, 'required').then(
    () => 'it was taken',
    (error: { code: string }) => error.code,
  );
}
