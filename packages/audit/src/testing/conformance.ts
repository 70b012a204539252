import assert from 'node:assert/strict';
import type { AuditEvent } from '../event.ts';
import type { AuditSink } from '../sink.ts';
import { anAuditEvent } from './fixtures.ts';

/** A fresh sink and the way to see what it holds. */
export interface AuditSinkUnderTest {
  readonly sink: AuditSink;
  /** What the sink holds, oldest first, repeats as they are. */
  read(): Promise<readonly AuditEvent[]>;
}

/** One thing that every sink must do. Free of any test runner: `run` rejects when it does not hold. */
export interface AuditSinkConformanceCase {
  readonly name: string;
  run(setup: () => Promise<AuditSinkUnderTest>): Promise<void>;
}

/** What the pipeline relies on. */
export const auditSinkConformance: readonly AuditSinkConformanceCase[] = [
  {
    name: 'holds a batch, in order, once the write resolved',
    run: async (setup) => {
      const { sink, read } = await setup();
      const events = [anAuditEvent(), anAuditEvent({ code: 'login.failed' }), anAuditEvent()];
      await sink.write(events);
      assert.deepEqual(await read(), events);
      await sink.close();
    },
  },
  {
    name: 'keeps the order of batches that are written without waiting',
    run: async (setup) => {
      const { sink, read } = await setup();
      const batches = Array.from({ length: 20 }, () => [anAuditEvent(), anAuditEvent()]);
      await Promise.all(batches.map((batch) => sink.write(batch)));
      assert.deepEqual(
        (await read()).map(({ id }) => id),
        batches.flat().map(({ id }) => id),
      );
      await sink.close();
    },
  },
  {
    name: 'takes an empty batch, and an event that it has already',
    run: async (setup) => {
      const { sink, read } = await setup();
      const event = anAuditEvent();
      await sink.write([]);
      await sink.write([event]);
      await sink.write([event]);
      assert.deepEqual([...new Set((await read()).map(({ id }) => id))], [event.id]);
      await sink.close();
    },
  },
  {
    name: 'keeps hostile text as data',
    run: async (setup) => {
      const { sink, read } = await setup();
      const path = '/api/v1/namespaces/a"\n{"id":"evt_forged"}\n\u001b[2J\u202e</script>';
      const request = { id: 'dec_00000000000000000000000001' as never, method: 'GET', path };
      const event = anAuditEvent({ request });
      await sink.write([event]);
      assert.deepEqual(await read(), [event]);
      await sink.close();
    },
  },
  {
    name: 'closes twice, and refuses what comes afterwards',
    run: async (setup) => {
      const { sink } = await setup();
      await sink.write([anAuditEvent()]);
      await Promise.all([sink.close(), sink.close()]);
      await assert.rejects(sink.write([anAuditEvent()]));
    },
  },
];
