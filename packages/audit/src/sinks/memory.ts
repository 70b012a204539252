/**
 * A sink that keeps events in memory, for tests and embedding.
 *
 * @packageDocumentation
 */
import { AuditError } from '../errors.ts';
import type { AuditEvent } from '../event.ts';
import type { AuditSink } from '../sink.ts';

/** What {@link createMemorySink} makes. */
export interface MemorySink extends AuditSink {
  /** What was written, oldest first, as of now. */
  readonly events: readonly AuditEvent[];
}

/** Options of {@link createMemorySink}. */
export interface MemorySinkOptions {
  /** Events kept at most; the oldest go first. Defaults to 10 000. */
  readonly maxEvents?: number;
}

/** Creates a sink that keeps the last `maxEvents` events. */
export function createMemorySink(options: MemorySinkOptions = {}): MemorySink {
  const { maxEvents = 10_000 } = options;
  let events: AuditEvent[] = [];
  let closed = false;
  return {
    name: 'memory',
    get events() {
      return events;
    },
    async write(batch) {
      if (closed) throw new AuditError({ code: 'ERR_AUDIT_SINK', message: 'audit sink memory is closed' });
      events = [...events, ...batch].slice(-maxEvents);
    },
    async close() {
      closed = true;
    },
  };
}
