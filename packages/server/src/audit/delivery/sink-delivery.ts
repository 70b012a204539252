import type { Clock, Logger } from '@sallyport/core';
import { type SingleRunner, startSingleRunner } from '../../single-runner.ts';
import type { SinkCursor } from '../../stores/audit-sink-contracts.ts';
import type { Store } from '../../stores/contracts.ts';
import type { Lease } from '../../stores/key-contracts.ts';
import { createBatchDelivery } from './deliver-batch.ts';
import { retryDelayMs } from './retry-delay.ts';
import type { DeliveryTarget } from './target.ts';

/** What {@link startSinkDelivery} works with. */
export interface SinkDeliveryOptions {
  readonly store: Pick<Store, 'auditSinks' | 'leases' | 'transact'>;
  /** Which server this is. */
  readonly holder: string;
  /** The sinks of now that are not disabled. */
  readonly targets: () => readonly DeliveryTarget[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** How often is looked for what other servers appended, and what is to be tried again, in milliseconds. Defaults to 1 000. */
  readonly intervalMs?: number;
  /** Events in one write at most. Defaults to 500. */
  readonly maxBatchEvents?: number;
  /** At least 0 and less than 1. Defaults to `Math.random`. */
  readonly random?: () => number;
}

/** How a sink does in a log, while this server delivers. */
interface Progress {
  /** Failures in a row. */
  tries: number;
  /** When it is tried again, in milliseconds; 0 when it is not failing. */
  retryAt: number;
  /** Events in its next write at most: halved when the receiver says that it can't take a batch, until the culprit is alone. */
  limit: number;
}

/**
 * Delivers audit logs to sinks, on one server at a time. Each sink is sent to by itself, one batch after the other, so that one which
 * hangs delays no other.
 */
export function startSinkDelivery(options: SinkDeliveryOptions): { close(): Promise<void> } {
  const {
    store,
    holder,
    targets,
    clock,
    logger,
    intervalMs = 1_000,
    maxBatchEvents = 500,
    random = Math.random,
  } = options;
  const stopping = new AbortController();
  const deliver = createBatchDelivery({ store, clock, logger, signal: stopping.signal });
  const busy = new Map<string, Promise<void>>();
  const progress = new Map<string, Progress>();

  async function run(lease: Lease): Promise<void> {
    const known = await store.auditSinks.cursors();
    for (const target of targets()) {
      if (busy.has(target.key)) continue;
      const cursors = known.filter(({ sink }) => sink === target.key);
      const isToBegin = target.of === undefined && (await beginNewLogs(target, cursors));
      const due = cursors.filter(isDue);
      if (due.length > 0) busy.set(target.key, serve(target, due, lease));
      if (isToBegin) runner.wake();
    }
  }

  /** A sink from the configuration takes every log: those that were there when it came from now on, later ones from their start. */
  async function beginNewLogs({ key }: DeliveryTarget, cursors: readonly SinkCursor[]): Promise<boolean> {
    const begun = new Set(cursors.map(({ log }) => log));
    const logs = (await store.auditSinks.logs()).filter((log) => !begun.has(log));
    if (logs.length === 0) return false;
    await store.transact(async (tx) => {
      for (const log of logs) await tx.auditSinks.begin({ sink: key, log }, begun.size === 0 ? 'next' : 'start');
    });
    return true;
  }

  const progressOf = ({ sink, log }: SinkCursor): Progress => {
    const key = `${sink} ${log}`;
    const found = progress.get(key) ?? { tries: 0, retryAt: 0, limit: maxBatchEvents };
    progress.set(key, found);
    return found;
  };
  const isDue = (cursor: SinkCursor) => cursor.nextIndex < cursor.size && progressOf(cursor).retryAt <= clock.now();

  async function serve(target: DeliveryTarget, cursors: readonly SinkCursor[], lease: Lease): Promise<void> {
    let hasMoved = false;
    try {
      for (let due = cursors; due.length > 0; ) {
        const further: SinkCursor[] = [];
        for (const cursor of due) {
          if (stopping.signal.aborted) return;
          const next = await step(target, cursor, lease);
          if (next === undefined) continue;
          hasMoved = true;
          if (next.nextIndex < next.size) further.push(next);
        }
        due = further;
      }
    } catch (err) {
      hasMoved = false;
      logger.warn(
        { err, sink: target.name },
        'how far an audit sink has got could not be noted; events are sent again',
      );
    } finally {
      busy.delete(target.key);
      if (hasMoved && !stopping.signal.aborted) runner.wake();
    }
  }

  async function step(target: DeliveryTarget, cursor: SinkCursor, lease: Lease): Promise<SinkCursor | undefined> {
    const state = progressOf(cursor);
    const result = await deliver(target, cursor, lease, state.limit);
    if ('cursor' in result) {
      state.tries = 0;
      state.retryAt = 0;
      state.limit = Math.min(state.limit * 2, maxBatchEvents);
      return result.cursor;
    }
    const { retryAfterMs, isFinal, batchEvents } = result.failed;
    if (isFinal && batchEvents > 1) {
      state.limit = Math.ceil(batchEvents / 2);
      return undefined;
    }
    state.tries += 1;
    state.retryAt = clock.now() + retryDelayMs(state.tries, retryAfterMs, random());
    return undefined;
  }

  const runner: SingleRunner = startSingleRunner({
    name: 'audit-sinks',
    holder,
    leases: store.leases,
    intervalMs,
    clock,
    logger,
    run,
  });
  const stopWatching = store.auditSinks.watch(() => runner.wake());
  return {
    async close() {
      stopping.abort();
      stopWatching();
      await runner.close();
      await Promise.all(busy.values());
    },
  };
}
