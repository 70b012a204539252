import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../event.ts';
import { formatAuditEvent } from '../format-event.ts';
import { anAuditEvent } from '../testing/fixtures.ts';
import { type AuditSpool, openSpool, type SpoolOptions } from './spool.ts';

describe('a spool', () => {
  let folder: string;
  let spools: AuditSpool[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-spool-'));
    spools = [];
  });
  afterEach(async () => {
    for (const spool of spools) await spool.close().catch(() => {});
    await rm(folder, { recursive: true });
  });

  async function open(options: Partial<SpoolOptions> = {}): Promise<AuditSpool> {
    const spool = await openSpool({ folder, ...options });
    spools.push(spool);
    return spool;
  }
  /** Reads all that waits, and marks it. */
  async function drain(spool: AuditSpool, maxEvents = 7): Promise<AuditEvent[]> {
    const events: AuditEvent[] = [];
    for (;;) {
      const batch = await spool.read(maxEvents);
      events.push(...batch.events);
      await spool.drained(batch);
      if (batch.events.length === 0) return events;
    }
  }
  const segments = async () => (await readdir(folder)).filter((name) => name.endsWith('.ndjson')).sort();
  const some = (count: number) => Array.from({ length: count }, () => anAuditEvent());

  it('gives back what was appended, in order, in batches, across segments', async () => {
    const spool = await open({ segmentBytes: 1_000 });
    const events = some(100);
    for (let i = 0; i < 100; i += 10) {
      await Promise.all(events.slice(i, i + 10).map((event) => spool.append(event)));
    }
    expect(await segments()).toHaveLength(10);
    expect(await drain(spool)).toEqual(events);
    expect(spool.waitingBytes).toBe(0);
    expect((await segments()).length).toBeLessThanOrEqual(1);
    const [late] = some(1);
    await spool.append(late as AuditEvent);
    expect(await drain(spool)).toEqual([late]);
    await spool.close();
    expect(await readdir(folder)).toEqual([]);
  });

  it('is read on by the next process from the mark on, when this one is gone without a word', async () => {
    const spool = await open({ segmentBytes: 2_000 });
    const events = some(50);
    for (const event of events) await spool.append(event);
    const { events: drained, end } = await spool.read(20);
    await spool.drained({ events: drained, end });
    // Nothing is closed, as after kill -9.
    const next = await open();
    expect(await drain(next)).toEqual(events.slice(drained.length));
    await next.append(events[0] as AuditEvent);
    expect(await drain(next)).toEqual([events[0]]);
  });

  it('reads all again when the mark is cut', async () => {
    const spool = await open();
    const events = some(5);
    for (const event of events) await spool.append(event);
    await spool.drained(await spool.read(3));
    await truncate(join(folder, 'drained'), 3);
    expect(await drain(await open())).toEqual(events);
  });

  it('passes over a line that a crash cut, at every place where it may be cut', async () => {
    const [whole, last] = some(2) as [AuditEvent, AuditEvent];
    const line = `${formatAuditEvent(whole)}\n`;
    const cutLine = formatAuditEvent(last);
    for (let length = 0; length <= cutLine.length; length += 13) {
      await writeFile(join(folder, '0000000001.ndjson'), line + cutLine.slice(0, length));
      const spool = await open();
      await spool.append(last);
      expect(await drain(spool)).toEqual([whole, last]);
      await spool.close();
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('goes on behind lines that are no events', async () => {
    const [first, second] = some(2) as [AuditEvent, AuditEvent];
    const garbage = `${'\0'.repeat(5_000)}\n{"id":1}\n`;
    await writeFile(join(folder, '0000000003.ndjson'), garbage + formatAuditEvent(first));
    await appendFile(join(folder, '0000000003.ndjson'), `\n${garbage}`);
    const spool = await open();
    await spool.append(second);
    expect(await drain(spool)).toEqual([first, second]);
  });

  it('SEC-G09 refuses what goes beyond its bytes, and takes events again once it is drained', async () => {
    const spool = await open({ maxBytes: 2_000 });
    const outcomes = await Promise.allSettled(some(50).map((event) => spool.append(event)));
    const taken = outcomes.filter(({ status }) => status === 'fulfilled').length;
    expect(taken).toBeGreaterThan(2);
    expect(spool.waitingBytes).toBeLessThanOrEqual(2_000);
    await expect(spool.append(anAuditEvent())).rejects.toMatchObject({ code: 'ERR_AUDIT_SPOOL_FULL' });
    expect(spool.failure).toMatchObject({ code: 'ERR_AUDIT_SPOOL_FULL' });
    expect(await drain(spool)).toHaveLength(taken);
    await spool.append(anAuditEvent());
    expect(spool.failure).toBeUndefined();
  });

  it('SEC-G09 refuses events while its disk is gone, and leaves nothing half written', async () => {
    const spool = await open({ segmentBytes: 1 });
    const [before, after] = some(2) as [AuditEvent, AuditEvent];
    await spool.append(before);
    await rm(folder, { recursive: true });
    await expect(spool.append(anAuditEvent())).rejects.toMatchObject({ code: 'ERR_AUDIT_SINK' });
    expect(spool.failure).toMatchObject({ code: 'ERR_AUDIT_SINK' });
    // The same folder is there again.
    await open();
    await spool.append(after);
    expect(spool.failure).toBeUndefined();
    expect((await readFile(join(folder, (await segments())[0] ?? ''), 'utf8')).trim()).toBe(formatAuditEvent(after));
  });

  it('refuses what comes after its end', async () => {
    const spool = await open();
    await Promise.all([spool.close(), spool.close()]);
    await expect(spool.append(anAuditEvent())).rejects.toMatchObject({ code: 'ERR_AUDIT_SINK' });
  });
});
