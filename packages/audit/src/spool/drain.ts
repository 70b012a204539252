import type { Clock, Logger, Timer } from '@sallyport/core';
import { AuditError } from '../errors.ts';
import type { AuditEvent } from '../event.ts';
import type { AuditSink } from '../sink.ts';
import { createProcessLoad, type ProcessLoad, restsAfterBatch } from './pace.ts';
import type { AuditSpool, SpoolBatch } from './spool.ts';

/** What {@link createSpoolDrain} works with. */
export interface SpoolDrainOptions {
  readonly spool: AuditSpool;
  readonly sinks: readonly AuditSink[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Events in one write at most. */
  readonly maxBatchEvents: number;
  /** How long an event may wait for company, in milliseconds. */
  readonly batchDelayMs: number;
  /** How long `flush` and `close` wait for the sinks, in milliseconds. */
  readonly deliveryTimeoutMs: number;
  /** Defaults to the load of this thread's event loop. */
  readonly load?: ProcessLoad;
}

/** The way from a spool to the sinks. */
export interface SpoolDrain {
  /** Appends to the spool; it is drained soon after. @throws as `AuditSpool.append` */
  append(event: AuditEvent): Promise<void>;
  /** Resolves once all that was appended so far is in every sink. @throws AuditError `ERR_AUDIT_UNDELIVERED` */
  flush(): Promise<void>;
  /** Drains what the sinks take in time, and closes the spool. The rest stays in it. */
  close(): Promise<void>;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/**
 * Drains a spool to sinks, one batch at a time, each batch to every sink before it is marked: at least once, in order. A batch
 * that a sink does not take is tried again after a growing delay (0.1 to 5 s). Between batches it rests while the process is
 * busy, see {@link restsAfterBatch}.
 */
export function createSpoolDrain(options: SpoolDrainOptions): SpoolDrain {
  const { spool, sinks, clock, logger, maxBatchEvents, batchDelayMs, deliveryTimeoutMs } = options;
  const load = options.load ?? createProcessLoad();
  let timer: Timer | undefined;
  let running: Promise<boolean> | undefined;
  let retryMs = FIRST_RETRY_MS;
  let isFailing = false;
  let isStopped = false;
  /** How many wait for all to be drained: meanwhile there is no rest. */
  let hurrying = 0;
  let endRest = () => {};

  function later(ms: number): void {
    if (!isStopped) timer ??= clock.setTimeout(start, ms);
  }

  function start(): void {
    timer = undefined;
    void drain();
  }

  /** Says whether all that was there is drained. */
  function drain(): Promise<boolean> {
    running ??= drainAll().finally(() => {
      running = undefined;
      if (isFailing) later(retryMs);
      else if (spool.waitingBytes > 0) later(batchDelayMs);
    });
    return running;
  }

  async function drainAll(): Promise<boolean> {
    for (;;) {
      const startedAt = clock.monotonicMs();
      try {
        const batch = await spool.read(maxBatchEvents);
        if (batch.events.length > 0) await deliver(batch);
        await spool.drained(batch);
        if (batch.events.length === 0) return true;
      } catch (err) {
        if (!isFailing) logger.error({ err, waitingBytes: spool.waitingBytes }, 'the audit spool can not be drained');
        retryMs = isFailing ? Math.min(retryMs * 2, LAST_RETRY_MS) : FIRST_RETRY_MS;
        isFailing = true;
        return false;
      }
      if (isFailing) logger.info({ waitingBytes: spool.waitingBytes }, 'the audit spool is drained again');
      isFailing = false;
      if (isStopped) return false;
      await rest(clock.monotonicMs() - startedAt);
    }
  }

  async function rest(batchMs: number): Promise<void> {
    const restMs = batchMs * restsAfterBatch(load(), spool.waitingBytes / spool.maxBytes);
    if (hurrying > 0 || restMs < 1) return;
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(resolve, restMs);
      endRest = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  async function deliver({ events }: SpoolBatch): Promise<void> {
    for (const sink of sinks) await sink.write(events);
  }

  async function flush(): Promise<void> {
    hurrying += 1;
    endRest();
    try {
      await drainInTime();
    } finally {
      hurrying -= 1;
    }
  }

  async function drainInTime(): Promise<void> {
    const deadline = clock.monotonicMs() + deliveryTimeoutMs;
    // What is under way may have begun before the last event came.
    await running;
    while (spool.waitingBytes > 0 && !(await drain())) {
      if (clock.monotonicMs() >= deadline || isStopped) {
        throw new AuditError({
          code: 'ERR_AUDIT_UNDELIVERED',
          message: `the audit spool holds ${spool.waitingBytes} bytes that were not taken within ${deliveryTimeoutMs} ms`,
        });
      }
      await new Promise<void>((resolve) => clock.setTimeout(resolve, FIRST_RETRY_MS));
    }
  }

  return {
    async append(event) {
      await spool.append(event);
      if (running === undefined) later(batchDelayMs);
    },
    flush,
    async close() {
      await flush().catch((err: unknown) => {
        logger.warn({ err, waitingBytes: spool.waitingBytes }, 'the next start drains what is left of the audit spool');
      });
      isStopped = true;
      timer?.cancel();
      await running;
      await spool.close();
    },
  };
}
