import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../event.ts';
import { createAuditPipeline } from '../pipeline.ts';
import type { AuditSink } from '../sink.ts';
import { anAuditEvent } from '../testing/fixtures.ts';
import { type AuditSpool, openSpool } from './spool.ts';

/** A database that can be away: then nothing that is written to it ends. */
function aDatabase() {
  const taken: AuditEvent[] = [];
  let isAway = false;
  let back = () => {};
  let returned = Promise.resolve();
  const sink: AuditSink = {
    name: 'database',
    async write(batch) {
      await returned;
      taken.push(...batch);
    },
    close: async () => {},
  };
  return {
    sink,
    taken,
    leave() {
      if (isAway) return;
      isAway = true;
      returned = new Promise((resolve) => {
        back = resolve;
      });
    },
    comeBack() {
      isAway = false;
      back();
    },
  };
}

describe('a pipeline with a spool', () => {
  let folder: string;
  let spool: AuditSpool;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-spool-'));
    spool = await openSpool({ folder });
  });
  afterEach(async () => {
    await spool.close();
    await rm(folder, { recursive: true });
  });
  const some = (count: number) => Array.from({ length: count }, () => anAuditEvent());
  const ids = (events: readonly AuditEvent[]) => events.map(({ id }) => id);

  it('SEC-G09 lets prompt events wait for the spool alone, and brings them home in order', async () => {
    const database = aDatabase();
    const pipeline = createAuditPipeline({ sinks: [{ sink: database.sink, delivery: 'required' }], spool });
    database.leave();
    const events = some(500);
    // More than a batch, and nothing of it in the database: these would never resolve if they waited for it.
    for (const event of events) await pipeline.record(event, 'prompt');
    expect(spool.waitingBytes).toBeGreaterThan(0);
    expect(database.taken).toEqual([]);
    database.comeBack();
    await pipeline.flush();
    expect(ids(database.taken)).toEqual(ids(events));
    expect(spool.waitingBytes).toBe(0);
    await pipeline.close();
  });

  it('commits required events to the sinks, and not to the spool', async () => {
    const database = aDatabase();
    const pipeline = createAuditPipeline({ sinks: [{ sink: database.sink, delivery: 'required' }], spool });
    const [event] = some(1) as [AuditEvent];
    await pipeline.record(event, 'required');
    expect(ids(database.taken)).toEqual([event.id]);
    expect(spool.waitingBytes).toBe(0);
    await pipeline.close();
  });

  it('SEC-G09 refuses prompt events once the spool is full, and leaves what it took for the next start', async () => {
    await spool.close();
    spool = await openSpool({ folder, maxBytes: 4_000 });
    const database = aDatabase();
    const options = { sinks: [{ sink: database.sink, delivery: 'required' }], spool, deliveryTimeoutMs: 50 } as const;
    const pipeline = createAuditPipeline(options);
    database.leave();
    const events = some(100);
    const outcomes = await Promise.allSettled(events.map((event) => pipeline.record(event, 'prompt')));
    const taken = events.filter((_, i) => outcomes[i]?.status === 'fulfilled');
    expect(taken.length).toBeGreaterThan(2);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'ERR_AUDIT_SPOOL_FULL' },
    });
    const closing = pipeline.close().catch(() => {});
    database.comeBack();
    await closing;
    spool = await openSpool({ folder });
    const left = await spool.read(1_000);
    // Whatever the database has not got is still there.
    expect([...ids(database.taken), ...ids(left.events)]).toEqual(expect.arrayContaining(ids(taken)));
  });
});
