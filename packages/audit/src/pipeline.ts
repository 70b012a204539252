import { type Clock, type Logger, silentLogger, systemClock } from '@sallyport/core';
import { AuditError } from './errors.ts';
import { redactAuditEvent } from './redact.ts';
import type { AuditPipeline, AuditSink, Delivery } from './sink.ts';
import { createSinkLane, type SinkLane } from './sink-lane.ts';
import { createSpoolDrain } from './spool/drain.ts';
import type { AuditSpool } from './spool/spool.ts';

/** Options of {@link createAuditPipeline}. */
export interface AuditPipelineOptions {
  /**
   * Destinations. `prompt` ones are local and fast (a file): every event waits for them. `required` ones (the database)
   * are waited for by `required` events only; the others reach them in batches.
   */
  readonly sinks: readonly AuditRoute[];
  /**
   * Local queue that `prompt` events wait for, in place of `prompt` sinks. It is drained to every sink in batches, and what a
   * sink can't take now stays in it: nothing but one batch is held in memory.
   */
  readonly spool?: AuditSpool;
  /** Defaults to the machine's clock. */
  readonly clock?: Clock;
  /** Defaults to silence. */
  readonly logger?: Logger;
  /** Events in one write at most. Defaults to 200. */
  readonly maxBatchEvents?: number;
  /** How long a `prompt` event may wait for company on its way to a `required` sink, in milliseconds. Defaults to 100. */
  readonly batchDelayMs?: number;
  /**
   * Events that wait for one sink at most. A full queue makes `record` wait, and fail after `deliveryTimeoutMs`. Defaults
   * to 10 000 (about 10 MB).
   */
  readonly maxQueuedEvents?: number;
  /** How long `record` and `flush` wait for a sink, in milliseconds, before they fail. Defaults to 10 000. */
  readonly deliveryTimeoutMs?: number;
}

/** One destination of a pipeline and how events wait for it. */
export interface AuditRoute {
  readonly sink: AuditSink;
  readonly delivery: Delivery;
}

/**
 * Creates the pipeline in front of `sinks`. Each sink gets every event, without what looks like a secret in it, in the order of
 * the `record` calls of its delivery class, at least once, one write at a time; concurrent records share a write. `required`
 * events wait for all sinks. `prompt` events wait for the spool; without one, for the sinks routed as `prompt`, or for all of
 * them when there is none: nothing is ever acknowledged by memory alone.
 *
 * A sink that fails makes the waiting records fail with `ERR_AUDIT_UNDELIVERED` (fail closed); what is queued for it is tried
 * again with a growing delay (0.1 to 5 s).
 */
export function createAuditPipeline(options: AuditPipelineOptions): AuditPipeline {
  const {
    sinks,
    clock = systemClock,
    logger = silentLogger,
    maxBatchEvents = 200,
    batchDelayMs = 100,
    maxQueuedEvents = 10_000,
    deliveryTimeoutMs = 10_000,
  } = options;
  if (sinks.length === 0) {
    throw new AuditError({ code: 'ERR_AUDIT_UNDELIVERED', message: 'an audit pipeline needs at least 1 sink, got 0' });
  }
  const limits = { clock, logger, maxBatchEvents, batchDelayMs, maxQueuedEvents, deliveryTimeoutMs };
  const routes = sinks.map(({ sink, delivery }) => ({ delivery, lane: createSinkLane({ sink, ...limits }) }));
  const lanes = routes.map(({ lane }) => lane);
  const promptLanes = routes.filter(({ delivery }) => delivery === 'prompt').map(({ lane }) => lane);
  const awaitedByPrompt: ReadonlySet<SinkLane> = new Set(promptLanes.length > 0 ? promptLanes : lanes);
  const drain =
    options.spool && createSpoolDrain({ ...limits, spool: options.spool, sinks: sinks.map(({ sink }) => sink) });
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    const [flushed] = await Promise.allSettled([Promise.all(lanes.map((lane) => lane.flush()))]);
    for (const lane of lanes) lane.stop();
    const [drained] = await Promise.allSettled([drain?.close()]);
    const closed = await Promise.allSettled(lanes.map((lane) => lane.sink.close()));
    const failures = [flushed, drained, ...closed].flatMap((result) =>
      result?.status === 'rejected' ? [result.reason] : [],
    );
    if (failures.length > 0) {
      throw new AuditError({
        code: 'ERR_AUDIT_UNDELIVERED',
        message: `${failures.length} of ${lanes.length} audit sinks did not close cleanly`,
        cause: new AggregateError(failures),
      });
    }
  }

  return {
    async record(stated, delivery) {
      const event = redactAuditEvent(stated);
      if (drain !== undefined && delivery === 'prompt') return drain.append(event);
      const waits: Promise<void>[] = [];
      for (const lane of lanes) {
        const awaited = delivery === 'required' || awaitedByPrompt.has(lane);
        const wait = awaited ? lane.deliver(event) : lane.enqueue(event);
        if (wait !== undefined) waits.push(wait);
      }
      await (waits.length === 1 ? waits[0] : Promise.all(waits));
    },
    async flush() {
      await Promise.all([...lanes.map((lane) => lane.flush()), drain?.flush()]);
    },
    close: () => (closing ??= close()),
  };
}
