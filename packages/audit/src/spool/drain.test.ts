import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@sallyport/core';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AuditSink } from '../sink.ts';
import { anAuditEvent } from '../testing/index.ts';
import { createSpoolDrain } from './drain.ts';
import { type AuditSpool, openSpool } from './spool.ts';

const BATCH_MS = 20;

describe('a drain', () => {
  let folder: string;
  let spool: AuditSpool;
  let clock: FakeClock;
  let batches: number[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-drain-'));
    spool = await openSpool({ folder });
    clock = createFakeClock();
    batches = [];
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** A drain to a database that takes 20 ms for each batch of two, at one load of the process. */
  function aDrain(load: number) {
    const sink: AuditSink = {
      name: 'database',
      async write() {
        clock.advance(BATCH_MS);
        batches.push(clock.monotonicMs());
      },
      close: async () => {},
    };
    const limits = { maxBatchEvents: 2, batchDelayMs: 100, deliveryTimeoutMs: 10_000 };
    return createSpoolDrain({ spool, sinks: [sink], clock, logger: silentLogger, load: () => load, ...limits });
  }

  it('rests between batches while the process is busy, and not for somebody who waits for it', async () => {
    const drain = aDrain(1);
    for (let i = 0; i < 8; i += 1) await drain.append(anAuditEvent());
    clock.advance(100);
    await vi.waitFor(() => expect(batches).toHaveLength(1));
    // Nothing but the clock brings on the next one.
    await vi.waitFor(() => expect(clock.pending).toBe(1));
    expect(batches).toHaveLength(1);
    clock.advance(9 * BATCH_MS - 1);
    expect(batches).toHaveLength(1);
    clock.advance(1);
    await vi.waitFor(() => expect(batches).toHaveLength(2));
    await drain.flush();
    expect(batches).toHaveLength(4);
    expect((batches[3] ?? 0) - (batches[2] ?? 0)).toBe(BATCH_MS);
    await drain.close();
  });

  it('takes one batch after the other while the process has time', async () => {
    const drain = aDrain(0.2);
    for (let i = 0; i < 8; i += 1) await drain.append(anAuditEvent());
    const startedAt = clock.monotonicMs();
    clock.advance(100);
    await vi.waitFor(() => expect(batches).toHaveLength(4));
    expect(clock.monotonicMs() - startedAt).toBe(100 + 4 * BATCH_MS);
    await drain.close();
  });
});
