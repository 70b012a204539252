import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { AuditError } from './errors.ts';
import type { AuditEvent } from './event.ts';
import { parseAuditEvent } from './format-event.ts';
import { type AuditPipelineOptions, createAuditPipeline } from './pipeline.ts';
import type { AuditSink } from './sink.ts';
import { createFileSink } from './sinks/file.ts';
import { createMemorySink } from './sinks/memory.ts';
import { auditSinkConformance } from './testing/conformance.ts';
import { anAuditEvent } from './testing/fixtures.ts';

let clock: FakeClock;
beforeEach(() => {
  clock = createFakeClock();
});

/** A sink whose writes end when the test says so. */
function aControlledSink(name: string) {
  const writes: { batch: readonly AuditEvent[]; succeed(): void; fail(): void }[] = [];
  const taken: AuditEvent[] = [];
  let closed = 0;
  const sink: AuditSink = {
    name,
    write: (batch) =>
      new Promise((resolve, reject) => {
        writes.push({
          batch,
          succeed: () => {
            taken.push(...batch);
            resolve();
          },
          fail: () => reject(new Error('disk full')),
        });
      }),
    close: async () => {
      closed += 1;
    },
  };
  return { sink, writes, taken, closed: () => closed };
}

function aPipeline(sinks: AuditPipelineOptions['sinks'], options: Partial<AuditPipelineOptions> = {}) {
  return createAuditPipeline({ sinks, clock, ...options });
}

/** Whether a promise has settled, once pending jobs ran. */
async function stateOf(promise: Promise<unknown>): Promise<'pending' | 'resolved' | string> {
  const state = promise.then(
    () => 'resolved',
    ({ code }) => String(code),
  );
  return Promise.race([state, new Promise<string>((resolve) => setImmediate(() => resolve('pending')))]);
}

const events = (count: number) => Array.from({ length: count }, () => anAuditEvent());
const ids = (list: readonly AuditEvent[]) => list.map(({ id }) => id);

describe('required events', () => {
  it('resolve when every sink has them, not before', async () => {
    const [file, database] = [aControlledSink('file'), aControlledSink('database')];
    const pipeline = aPipeline([
      { sink: file.sink, delivery: 'prompt' },
      { sink: database.sink, delivery: 'required' },
    ]);
    const recorded = pipeline.record(anAuditEvent(), 'required');
    await stateOf(recorded);
    file.writes[0]?.succeed();
    expect(await stateOf(recorded)).toBe('pending');
    database.writes[0]?.succeed();
    expect(await stateOf(recorded)).toBe('resolved');
  });

  it('share one write when they come together, or while another is under way', async () => {
    const { sink, writes } = aControlledSink('database');
    const pipeline = aPipeline([{ sink, delivery: 'required' }]);
    const together = Promise.all(events(50).map((event) => pipeline.record(event, 'required')));
    await stateOf(together);
    const later = Promise.all(events(20).map((event) => pipeline.record(event, 'required')));
    await stateOf(later);
    writes[0]?.succeed();
    await together;
    expect(await stateOf(later)).toBe('pending');
    expect(writes.map(({ batch }) => batch.length)).toEqual([50, 20]);
    writes[1]?.succeed();
    await later;
  });

  it('fail with the sink, at once and all that wait, while the events stay for a retry', async () => {
    const { sink, writes, taken } = aControlledSink('database');
    const pipeline = aPipeline([{ sink, delivery: 'required' }]);
    const [a, b] = [anAuditEvent(), anAuditEvent()];
    const first = pipeline.record(a, 'required');
    const second = pipeline.record(b, 'required');
    first.catch(() => {});
    second.catch(() => {});
    await stateOf(first);
    writes[0]?.fail();
    expect(await stateOf(first)).toBe('ERR_AUDIT_UNDELIVERED');
    expect(await stateOf(second)).toBe('ERR_AUDIT_UNDELIVERED');
    await expect(first).rejects.toMatchObject({
      message: 'audit sink database did not take the event',
      cause: { message: 'disk full' },
      nextStep: expect.stringContaining('database'),
    });

    await clock.advanceAsync(100);
    writes[1]?.succeed();
    await pipeline.flush();
    expect(ids(taken)).toEqual([a.id, b.id]);
  });

  it('fail after the time limit when the sink does not answer', async () => {
    const { sink } = aControlledSink('database');
    const pipeline = aPipeline([{ sink, delivery: 'required' }], { deliveryTimeoutMs: 3_000 });
    const recorded = pipeline.record(anAuditEvent(), 'required');
    recorded.catch(() => {});
    await clock.advanceAsync(2_999);
    expect(await stateOf(recorded)).toBe('pending');
    await clock.advanceAsync(1);
    await expect(recorded).rejects.toMatchObject({
      code: 'ERR_AUDIT_UNDELIVERED',
      message: 'audit sink database did not answer within 3000 ms',
    });
  });
});

describe('prompt events', () => {
  it('wait for the local sink alone, and reach the others within 100 ms', async () => {
    const [file, database] = [createMemorySink(), aControlledSink('database')];
    const pipeline = aPipeline([
      { sink: file, delivery: 'prompt' },
      { sink: database.sink, delivery: 'required' },
    ]);
    const batch = events(3);
    for (const event of batch) await pipeline.record(event, 'prompt');
    expect(ids(file.events)).toEqual(ids(batch));
    expect(database.writes).toEqual([]);
    await clock.advanceAsync(100);
    expect(database.writes.map((write) => ids(write.batch))).toEqual([ids(batch)]);
  });

  it('do not wait for 100 ms once there are 200 of them', async () => {
    const [file, database] = [createMemorySink(), aControlledSink('database')];
    const pipeline = aPipeline([
      { sink: file, delivery: 'prompt' },
      { sink: database.sink, delivery: 'required' },
    ]);
    await Promise.all(events(201).map((event) => pipeline.record(event, 'prompt')));
    expect(database.writes.map(({ batch }) => batch.length)).toEqual([200]);
  });

  it('wait for every sink when none is local: memory alone acknowledges nothing', async () => {
    const { sink, writes } = aControlledSink('database');
    const pipeline = aPipeline([{ sink, delivery: 'required' }]);
    const recorded = pipeline.record(anAuditEvent(), 'prompt');
    expect(await stateOf(recorded)).toBe('pending');
    writes[0]?.succeed();
    await recorded;
  });

  it('stay in front of required ones that come after them', async () => {
    const [file, database] = [createMemorySink(), aControlledSink('database')];
    const pipeline = aPipeline([
      { sink: file, delivery: 'prompt' },
      { sink: database.sink, delivery: 'required' },
    ]);
    const [read, write] = [anAuditEvent(), anAuditEvent()];
    await pipeline.record(read, 'prompt');
    const recorded = pipeline.record(write, 'required');
    await stateOf(recorded);
    expect(database.writes.map(({ batch }) => ids(batch))).toEqual([[read.id, write.id]]);
    database.writes[0]?.succeed();
    await recorded;
  });

  it('SEC-G09 outlive a failing database: in order, at least once, with a growing delay between tries', async () => {
    const [file, database] = [createMemorySink(), aControlledSink('database')];
    const pipeline = aPipeline(
      [
        { sink: file, delivery: 'prompt' },
        { sink: database.sink, delivery: 'required' },
      ],
      { maxBatchEvents: 2 },
    );
    const all = events(5);
    for (const event of all) await pipeline.record(event, 'prompt');
    for (const [tries, delay] of [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000].entries()) {
      await clock.advanceAsync(0);
      database.writes[tries]?.fail();
      await clock.advanceAsync(delay - 1);
      expect(database.writes).toHaveLength(tries + 1);
      await clock.advanceAsync(1);
      expect(database.writes).toHaveLength(tries + 2);
    }
    for (let next = 8; next < database.writes.length; next++) {
      database.writes[next]?.succeed();
      await clock.advanceAsync(100);
    }
    expect(ids(database.taken)).toEqual(ids(all));
  });

  it('SEC-G09 wait for room when the queue is full, and are refused when there is none in time', async () => {
    const [file, database] = [createMemorySink(), aControlledSink('database')];
    const pipeline = aPipeline(
      [
        { sink: file, delivery: 'prompt' },
        { sink: database.sink, delivery: 'required' },
      ],
      { maxQueuedEvents: 3, deliveryTimeoutMs: 3_000 },
    );
    for (const event of events(3)) await pipeline.record(event, 'prompt');
    const fourth = pipeline.record(anAuditEvent(), 'prompt');
    expect(await stateOf(fourth)).toBe('pending');
    await clock.advanceAsync(100);
    database.writes[0]?.succeed();
    await fourth;

    for (const event of events(2)) await pipeline.record(event, 'prompt');
    const tooMany = pipeline.record(anAuditEvent(), 'prompt');
    tooMany.catch(() => {});
    await clock.advanceAsync(3_000);
    expect(await stateOf(tooMany)).toBe('ERR_AUDIT_UNDELIVERED');
  });
});

describe('a pipeline', () => {
  it('refuses to exist without a sink', () => {
    expect(() => createAuditPipeline({ sinks: [] })).toThrow(AuditError);
  });

  it('flushes before it closes its sinks, once, and refuses what comes afterwards', async () => {
    const [file, database] = [createMemorySink(), aControlledSink('database')];
    const pipeline = aPipeline([
      { sink: file, delivery: 'prompt' },
      { sink: database.sink, delivery: 'required' },
    ]);
    await pipeline.record(anAuditEvent(), 'prompt');
    const closing = Promise.all([pipeline.close(), pipeline.close()]);
    await stateOf(closing);
    expect(database.closed()).toBe(0);
    database.writes[0]?.succeed();
    await closing;
    expect(database.closed()).toBe(1);
    for (const delivery of ['prompt', 'required'] as const) {
      await expect(pipeline.record(anAuditEvent(), delivery)).rejects.toMatchObject({ code: 'ERR_AUDIT_UNDELIVERED' });
    }
    expect(clock.pending).toBe(0);
  });

  it('closes its sinks and says so when one of them does not take the rest', async () => {
    const { sink, writes, closed } = aControlledSink('database');
    const lines: unknown[] = [];
    const log = (fields: unknown, message: string) => lines.push([message, fields]);
    const logger = { debug: log, info: log, warn: log, error: log };
    const pipeline = aPipeline(
      [
        { sink: createMemorySink(), delivery: 'prompt' },
        { sink, delivery: 'required' },
      ],
      { logger },
    );
    await pipeline.record(anAuditEvent(), 'prompt');
    const closing = pipeline.close();
    closing.catch(() => {});
    await stateOf(closing);
    writes[0]?.fail();
    await expect(closing).rejects.toMatchObject({ code: 'ERR_AUDIT_UNDELIVERED' });
    expect(closed()).toBe(1);
    expect(lines).toContainEqual(['audit events were not delivered', { sink: 'database', queued: 1 }]);
    expect(clock.pending).toBe(0);
  });

  it('leaves the lines of concurrent records whole and in order in a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-audit-'));
    const path = join(folder, 'audit.ndjson');
    const pipeline = createAuditPipeline({ sinks: [{ sink: createFileSink({ path }), delivery: 'prompt' }] });
    const all = events(500);
    await Promise.all(all.map((event) => pipeline.record(event, 'prompt')));
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => parseAuditEvent(line).id)).toEqual(ids(all));
    await pipeline.close();
    await rm(folder, { recursive: true });
  });
});

describe('the memory sink', () => {
  for (const { name, run } of auditSinkConformance) {
    it(name, () =>
      run(async () => {
        const sink = createMemorySink();
        return { sink, read: async () => sink.events };
      }),
    );
  }

  it('keeps the newest events only', async () => {
    const sink = createMemorySink({ maxEvents: 2 });
    const all = events(3);
    await sink.write(all);
    expect(sink.events).toEqual(all.slice(1));
  });
});
