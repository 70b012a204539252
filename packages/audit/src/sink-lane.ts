import { type Clock, isCodedError, type Logger, type Timer } from '@sallyport/core';
import { AuditError } from './errors.ts';
import type { AuditEvent } from './event.ts';
import type { AuditSink } from './sink.ts';

/** Limits of a lane; see `AuditPipelineOptions`. */
export interface SinkLaneOptions {
  readonly sink: AuditSink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly maxBatchEvents: number;
  readonly maxQueuedEvents: number;
  readonly batchDelayMs: number;
  readonly deliveryTimeoutMs: number;
}

/** The ordered way to one sink: one write at a time, everything that arrives meanwhile shares the next one. */
export interface SinkLane {
  readonly sink: AuditSink;
  /** Queues an event and resolves once the sink has it. @throws AuditError `ERR_AUDIT_UNDELIVERED` */
  deliver(event: AuditEvent): Promise<void>;
  /** Queues an event for the next batch; resolves at once while there is room in the queue. @throws as `deliver` */
  enqueue(event: AuditEvent): Promise<void> | undefined;
  /** Resolves once everything queued so far is in the sink. @throws as `deliver` */
  flush(): Promise<void>;
  /** Stops retrying. Events still queued are reported to the logger. */
  stop(): void;
}

interface Waiter {
  resolve(): void;
  reject(error: AuditError): void;
}

interface Entry {
  readonly event: AuditEvent;
  readonly waiters: Waiter[];
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/**
 * Creates the lane of a sink. A failed batch stays at the head of the queue and is tried again (full order, at least once);
 * those who wait for one of its events are told of the failure at once, because their effect must not wait for a repair.
 */
export function createSinkLane(options: SinkLaneOptions): SinkLane {
  const { sink, clock, logger } = options;
  const queue: Entry[] = [];
  let roomWaiters: Waiter[] = [];
  let writing = false;
  let stopped = false;
  let failing = false;
  let urgent = 0;
  let retryMs = FIRST_RETRY_MS;
  let timer: Timer | undefined;

  function undelivered(why: string, cause?: unknown): AuditError {
    return new AuditError({
      code: 'ERR_AUDIT_UNDELIVERED',
      message: `audit sink ${sink.name} ${why}`,
      cause,
      nextStep: `Check the audit sink ${sink.name}; requests are refused until it takes events again.`,
    });
  }

  /** A promise that `register` settles, or the clock. */
  function wait(register: (waiter: Waiter) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const deadline = clock.setTimeout(
        () => reject(undelivered(`did not answer within ${options.deliveryTimeoutMs} ms`)),
        options.deliveryTimeoutMs,
      );
      register({
        resolve: () => {
          deadline.cancel();
          resolve();
        },
        reject: (error) => {
          deadline.cancel();
          reject(error);
        },
      });
    });
  }

  function schedule(): void {
    if (writing || stopped || queue.length === 0) return;
    if (urgent > 0 || (!failing && queue.length >= options.maxBatchEvents)) {
      timer?.cancel();
      timer = undefined;
      void writeBatch();
    } else {
      timer ??= clock.setTimeout(onTimer, options.batchDelayMs);
    }
  }

  function onTimer(): void {
    timer = undefined;
    if (!writing && !stopped && queue.length > 0) void writeBatch();
  }

  async function writeBatch(): Promise<void> {
    writing = true;
    // Those who wait and came together share a write: else the first would be written alone, and the others wait for that.
    if (urgent > 0) await new Promise(setImmediate);
    const batch = queue.slice(0, options.maxBatchEvents);
    try {
      await sink.write(batch.map((entry) => entry.event));
      queue.splice(0, batch.length);
      for (const waiter of takeWaiters(batch)) waiter.resolve();
      if (failing) logger.info({ sink: sink.name }, 'audit sink takes events again');
      failing = false;
      retryMs = FIRST_RETRY_MS;
      admit();
    } catch (cause) {
      const error = undelivered('did not take the event', cause);
      for (const waiter of takeWaiters(queue)) waiter.reject(error);
      failing = true;
      if (stopped) return;
      const code = isCodedError(cause) ? cause.code : undefined;
      logger.error({ sink: sink.name, queued: queue.length, code, err: cause }, 'audit sink did not take a batch');
      timer?.cancel();
      timer = clock.setTimeout(onTimer, retryMs);
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    } finally {
      writing = false;
    }
    schedule();
  }

  function takeWaiters(entries: readonly Entry[]): Waiter[] {
    const waiters = entries.flatMap((entry) => entry.waiters.splice(0));
    urgent -= waiters.length;
    return waiters;
  }

  function admit(): void {
    const waiting = roomWaiters;
    roomWaiters = [];
    for (const waiter of waiting) waiter.resolve();
  }

  async function waitForRoom(): Promise<void> {
    while (queue.length >= options.maxQueuedEvents) {
      await wait((waiter) => roomWaiters.push(waiter));
    }
  }

  function push(event: AuditEvent): Entry {
    if (stopped) throw undelivered('is closed');
    const entry: Entry = { event, waiters: [] };
    queue.push(entry);
    return entry;
  }

  function join(entry: Entry): Promise<void> {
    const delivered = wait((waiter) => entry.waiters.push(waiter));
    urgent += 1;
    schedule();
    return delivered;
  }

  return {
    sink,
    async deliver(event) {
      if (queue.length >= options.maxQueuedEvents) await waitForRoom();
      return join(push(event));
    },
    enqueue(event) {
      const add = () => {
        push(event);
        schedule();
      };
      if (stopped || queue.length >= options.maxQueuedEvents) return waitForRoom().then(add);
      add();
      return undefined;
    },
    async flush() {
      const last = queue.at(-1);
      if (last !== undefined) await join(last);
    },
    stop() {
      stopped = true;
      timer?.cancel();
      if (queue.length > 0) logger.error({ sink: sink.name, queued: queue.length }, 'audit events were not delivered');
      const error = undelivered('is closed');
      for (const waiter of [...takeWaiters(queue), ...roomWaiters]) waiter.reject(error);
    },
  };
}
