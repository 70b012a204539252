import type { AuditEvent } from './event.ts';

/** Destination of audit events. */
export interface AuditSink {
  readonly name: string;
  /**
   * Takes a batch, in order. Resolves when the events are as safe as this sink makes them (committed, flushed, sent and
   * acknowledged); rejects when any is not. The same event may come twice: its id tells.
   */
  write(batch: readonly AuditEvent[], options?: SinkWriteOptions): Promise<void>;
  /** Flushes and lets go. Idempotent. */
  close(): Promise<void>;
}

/** What a sink may be told along with a batch. */
export interface SinkWriteOptions {
  /** Aborted when the write is no longer wanted. */
  readonly signal?: AbortSignal;
  /** Where the batch stands, when it was read from an indexed log. A repeat begins at the same place, and may reach further. */
  readonly position?: SinkPosition;
}

/** A stretch of a log. Filters may have left out some of the events in it. */
export interface SinkPosition {
  /** Id of an organization, or `installation`. */
  readonly log: string;
  /** Index of the first event of the stretch. */
  readonly firstIndex: number;
  /** Index of the last one. */
  readonly lastIndex: number;
}

/**
 * How an event's effect waits for its sinks. `required`: the effect waits and fails with the sink. `prompt`: the event
 * is handed to every sink at once, and the effect goes on when the first `prompt` sink (the local spool) has it.
 */
export type Delivery = 'required' | 'prompt';

/** Ordering, batching and delivery in front of sinks. */
export interface AuditPipeline {
  /** Records an event. Resolves when its delivery class is satisfied. @throws AuditError `ERR_AUDIT_UNDELIVERED` */
  record(event: AuditEvent, delivery: Delivery): Promise<void>;
  /** Waits until everything recorded so far is in every sink. */
  flush(): Promise<void>;
  /** Flushes, then closes the sinks. Idempotent. */
  close(): Promise<void>;
}
