import { AuditError, type AuditEvent, type AuditPipeline, type AuditSink } from '@sallyport/audit';
import { anAuditEvent } from '@sallyport/audit/testing';
import { createId, type OrganizationId, silentLogger } from '@sallyport/core';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Store } from '../../stores/contracts.ts';
import { type TestStore, testDatabases } from '../../stores/testing.ts';
import { watchOverdueSinks } from './overdue-sinks.ts';
import { refuseUndelivered } from './refuse-undelivered.ts';
import { createEventFilter } from './select-events.ts';
import type { SinkBounds } from './sink-bounds.ts';
import { startSinkDelivery } from './sink-delivery.ts';
import type { DeliveryTarget } from './target.ts';

/** A receiver that can be switched off, loses acknowledgements, or hangs. */
interface Receiver extends DeliveryTarget {
  mode: 'up' | 'down' | 'losesAcknowledgements' | 'hangs';
  /** What it was sent, repeats as they came. */
  readonly received: AuditEvent[];
  readonly batches: number[];
}

const organizationId: OrganizationId = createId('organization');
const REQUIRED: SinkBounds = { delivery: 'required', maxEvents: 500, maxTimeMs: 300_000 };
const BEST_EFFORT: SinkBounds = { delivery: 'bestEffort', maxEvents: 500, maxTimeMs: 300_000 };

function aReceiver(name: string, bounds: SinkBounds, more: Partial<DeliveryTarget> = {}): Receiver {
  const received: AuditEvent[] = [];
  const batches: number[] = [];
  const sink: AuditSink = {
    name,
    async write(batch, options) {
      if (receiver.mode === 'down')
        throw new AuditError({ code: 'ERR_AUDIT_SINK_UNREACHABLE', message: 'siem is down' });
      if (receiver.mode === 'hangs') {
        await new Promise((_, reject) =>
          options?.signal?.addEventListener('abort', () => reject(new Error('aborted'))),
        );
      }
      received.push(...batch);
      batches.push(batch.length);
      if (receiver.mode === 'losesAcknowledgements') {
        throw new AuditError({ code: 'ERR_AUDIT_SINK_UNREACHABLE', message: 'no answer in time' });
      }
    },
    close: async () => {},
  };
  const receiver: Receiver = {
    key: name,
    name,
    of: { id: createId('auditSink'), organizationId },
    bounds,
    wants: () => true,
    open: async () => sink,
    mode: 'up',
    received,
    batches,
    ...more,
  };
  return receiver;
}

/** Without repeats, at the place of the first. */
function unique(events: readonly AuditEvent[]): readonly string[] {
  return [...new Set(events.map(({ id }) => id))];
}

describe.each(testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL']))(
  'delivery to audit sinks on $name',
  (database) => {
    let test: TestStore;
    let store: Store;
    let clock: FakeClock;
    let closers: (() => Promise<void>)[];
    beforeEach(async () => {
      clock = createFakeClock();
      test = await database.open({ clock });
      store = test.store;
      closers = [];
    });
    afterEach(async () => {
      for (const close of closers.reverse()) await close();
      await test.drop();
    });

    async function begin(...receivers: readonly Receiver[]) {
      await store.transact(async (tx) => {
        for (const { key } of receivers) await tx.auditSinks.begin({ sink: key, log: organizationId }, 'next');
      });
    }

    async function append(count: number, overrides: Partial<AuditEvent> = {}) {
      const events = Array.from({ length: count }, () =>
        anAuditEvent({ organizationId, at: new Date(clock.now()), ...overrides }),
      );
      await store.appendAudit(events);
      await index();
      return events;
    }

    async function index() {
      while ((await store.transact((tx) => tx.auditLog.index(1_000))).count > 0);
    }

    /** The whole log, with the index of each event. */
    async function readLog(): Promise<readonly AuditEvent[]> {
      const entries = await store.auditSinks.entries(organizationId, 0, 100_000);
      expect(entries.map(({ index: at }) => at)).toEqual(entries.map((_, i) => i));
      return entries.flatMap(({ event }) => event ?? []);
    }

    function start(targets: readonly DeliveryTarget[], holder = 'one') {
      const delivery = startSinkDelivery({
        store,
        holder,
        targets: () => targets,
        clock,
        logger: silentLogger,
        maxBatchEvents: 100,
        random: () => 0,
      });
      closers.push(() => delivery.close());
      return delivery;
    }

    const cursorOf = async (receiver: Receiver) =>
      (await store.auditSinks.cursors()).find(({ sink }) => sink === receiver.key);

    /** Lets the jobs have their turns until `look` holds; time goes on a second at a time, as they wait for it. */
    async function passTimeUntil(look: () => Promise<boolean> | boolean) {
      await vi.waitFor(
        async () => {
          clock.advance(1_000);
          expect(await look()).toBe(true);
        },
        { timeout: 25_000, interval: 5 },
      );
    }
    const hasAll = (receiver: Receiver) => async () => {
      await index();
      const cursor = await cursorOf(receiver);
      return cursor !== undefined && cursor.nextIndex === cursor.size;
    };

    it('SEC-G09 a sink is down for ten minutes under load: required refuses, best effort skips and says so, all else arrives in order', async () => {
      const required = aReceiver('siem', REQUIRED);
      const bestEffort = aReceiver('lake', BEST_EFFORT);
      const other = aReceiver('other', BEST_EFFORT);
      const targets = [required, bestEffort, other];
      await begin(...targets);
      start(targets);
      const overdue = watchOverdueSinks({ store, targets: () => targets, clock, logger: silentLogger });
      closers.push(() => overdue.close());
      const recorded: AuditEvent[] = [];
      const pipeline = refuseUndelivered(
        { record: async (event: AuditEvent) => void recorded.push(event) } as unknown as AuditPipeline,
        overdue,
      );
      const request = () => pipeline.record(anAuditEvent({ organizationId }), 'required');

      await append(150);
      await passTimeUntil(hasAll(required));
      await request();
      expect(recorded).toHaveLength(1);

      required.mode = 'down';
      bestEffort.mode = 'down';
      for (let second = 0; second < 600; second += 20) {
        await append(100);
        clock.advance(20_000);
      }
      await passTimeUntil(() => overdue.of(organizationId) !== undefined);
      await expect(request()).rejects.toMatchObject({
        code: 'ERR_AUDIT_UNDELIVERED',
        message: expect.stringContaining('audit sink siem is required and '),
      });
      // What has happened is recorded all the same, and other organizations go on.
      await pipeline.record(anAuditEvent({ code: 'proxy.request.completed', organizationId }), 'prompt');
      await pipeline.record(anAuditEvent({ organizationId: createId('organization') }), 'required');
      // One that works is not held up by two that don't, and the backlog of best effort stays within its bound.
      await passTimeUntil(hasAll(other));
      await passTimeUntil(async () => {
        const { nextIndex = 0, size = 0 } = (await cursorOf(bestEffort)) ?? {};
        return size > 3_000 && size - nextIndex <= BEST_EFFORT.maxEvents;
      });

      required.mode = 'losesAcknowledgements';
      await passTimeUntil(() => required.batches.length > 3);
      required.mode = 'up';
      bestEffort.mode = 'up';
      await passTimeUntil(
        async () => (await hasAll(required)()) && (await hasAll(bestEffort)()) && (await hasAll(other)()),
      );
      await passTimeUntil(() => overdue.of(organizationId) === undefined);
      await request();

      const log = await readLog();
      const ids = log.map(({ id }) => id);
      expect(unique(required.received)).toEqual(ids);
      expect(required.received.length).toBeGreaterThan(ids.length);
      expect(unique(other.received)).toEqual(ids);
      const gaps = log
        .filter(({ code }) => code === 'audit.sink.gap')
        .map(({ details }) => details as Record<string, unknown>);
      expect(gaps.length).toBeGreaterThan(0);
      expect(gaps.every(({ sink }) => sink === 'lake')).toBe(true);
      const skipped = new Set(
        gaps.flatMap(({ fromIndex, toIndex }) => ids.slice(Number(fromIndex), Number(toIndex) + 1)),
      );
      expect(unique(bestEffort.received)).toEqual(ids.filter((id) => !skipped.has(id)));
      const told = (code: string) =>
        log
          .filter((event) => event.code === code)
          .map(({ details }) => (details as { sink?: string } | undefined)?.sink);
      expect(told('audit.sink.failed').sort()).toEqual(['lake', 'siem']);
      expect(told('audit.sink.recovered').sort()).toEqual(['lake', 'siem']);
    }, 120_000);

    it('SEC-G09 an exporter that is killed between sending and noting it repeats the batch, and the next one goes on from there', async () => {
      const receiver = aReceiver('siem', REQUIRED);
      await begin(receiver);
      const events = await append(250);
      const kill = new Error('killed');
      const dying: Store = {
        ...store,
        transact: (work) => (receiver.batches.length > 0 ? Promise.reject(kill) : store.transact(work)),
      };
      const first = startSinkDelivery({
        store: dying,
        holder: 'one',
        targets: () => [receiver],
        clock,
        logger: silentLogger,
        maxBatchEvents: 100,
      });
      await passTimeUntil(() => receiver.batches.length > 0);
      await first.close();
      expect((await cursorOf(receiver))?.nextIndex).toBe(0);
      start([receiver], 'two');
      await passTimeUntil(hasAll(receiver));
      expect(unique(receiver.received)).toEqual(events.map(({ id }) => id));
      expect(receiver.received.length).toBe(350);
    });

    it('a server that has lost the lease moves no cursor', async () => {
      const receiver = aReceiver('siem', REQUIRED);
      await begin(receiver);
      await append(10);
      let lost: (() => Promise<unknown>) | undefined;
      const taken = aReceiver('siem', REQUIRED, {
        open: async () => ({
          name: 'siem',
          write: async () => void (await lost?.()),
          close: async () => {},
        }),
      });
      lost = async () => {
        clock.advance(120_000);
        await store.leases.acquire('audit-sinks', 'another', 60_000);
      };
      const delivery = start([taken]);
      await vi.waitFor(async () => {
        clock.advance(1_000);
        expect(await store.leases.acquire('audit-sinks', 'another', 60_000)).toBeDefined();
      });
      await delivery.close();
      expect((await cursorOf(receiver))?.nextIndex).toBe(0);
    });

    it('sends what a sink wants, with nothing of other logs', async () => {
      const receiver = aReceiver('siem', REQUIRED, {
        wants: createEventFilter({ categories: ['login', 'proxy'], minSeverity: 'warning' }),
      });
      await begin(receiver);
      await append(3);
      const [wanted] = await append(1, { code: 'login.locked', severity: 'critical' });
      await append(1, { code: 'key.rotated', severity: 'critical' });
      await store.appendAudit([anAuditEvent({ severity: 'critical', organizationId: createId('organization') })]);
      start([receiver]);
      await passTimeUntil(hasAll(receiver));
      expect(receiver.received.map(({ id }) => id)).toEqual([wanted?.id]);
    });

    it('leaves out, for best effort, the one event that a receiver can not take, and says which', async () => {
      const refusing = aReceiver('lake', BEST_EFFORT);
      const poison: { id?: string } = {};
      const picky: DeliveryTarget = {
        ...refusing,
        open: async () => {
          const sink = await refusing.open();
          return {
            ...sink,
            write: async (batch) => {
              if (batch.some(({ id }) => id === poison.id)) {
                throw new AuditError({
                  code: 'ERR_AUDIT_SINK_REFUSED',
                  message: 'lake answered with status 422',
                  isFinal: true,
                });
              }
              await sink.write(batch);
            },
          };
        },
      };
      await begin(refusing);
      const events = await append(130);
      poison.id = events[77]?.id ?? '';
      start([picky]);
      await passTimeUntil(hasAll(refusing));
      const log = await readLog();
      expect(unique(refusing.received)).toEqual(log.map(({ id }) => id).filter((id) => id !== poison.id));
      const gap = log.find(({ code }) => code === 'audit.sink.gap');
      expect(gap?.details).toMatchObject({ fromIndex: 77, toIndex: 77, reason: 'lake answered with status 422' });
    });

    it('one sink that hangs delays no other, and closing ends it', async () => {
      const hanging = aReceiver('siem', REQUIRED);
      const other = aReceiver('lake', BEST_EFFORT);
      hanging.mode = 'hangs';
      await begin(hanging, other);
      await append(5);
      const delivery = start([hanging, other]);
      await passTimeUntil(hasAll(other));
      await append(5);
      await passTimeUntil(hasAll(other));
      await delivery.close();
      expect(await cursorOf(hanging)).toMatchObject({ nextIndex: 0 });
      expect((await cursorOf(hanging))?.failingSince).toBeUndefined();
    });

    it('a sink of the configuration takes each log that comes later from its start', async () => {
      await append(2);
      const { of: _, ...everywhere } = aReceiver('configured/file', BEST_EFFORT);
      start([everywhere]);
      await passTimeUntil(async () => (await store.auditSinks.cursors()).length === 1);
      const later = createId('organization');
      await store.appendAudit([anAuditEvent({ organizationId: later }), anAuditEvent()]);
      await index();
      await passTimeUntil(() => everywhere.received.length === 2);
      expect(everywhere.received.map(({ organizationId: of }) => of)).toEqual(
        expect.arrayContaining([later, undefined]),
      );
    });
  },
);
