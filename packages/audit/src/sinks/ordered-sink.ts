import { AuditError } from '../errors.ts';
import type { AuditEvent } from '../event.ts';
import type { AuditSink, SinkWriteOptions } from '../sink.ts';

/** What {@link createOrderedSink} is made of. */
export interface OrderedSinkOptions {
  readonly name: string;
  /** Takes one batch, never an empty one and never two at a time. */
  write(batch: readonly AuditEvent[], options: SinkWriteOptions): Promise<void>;
  /** Lets go of what it stands on, once the last write has ended. */
  close?(): Promise<void>;
}

/** Creates a sink whose writes run one after the other in the order of their calls, and which refuses them once it is closed. */
export function createOrderedSink({ name, write, close }: OrderedSinkOptions): AuditSink {
  let tail: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;
  return {
    name,
    write(batch, options = {}) {
      if (closing !== undefined) {
        return Promise.reject(new AuditError({ code: 'ERR_AUDIT_SINK', message: `audit sink ${name} is closed` }));
      }
      if (batch.length === 0) return Promise.resolve();
      const written = tail.then(() => write(batch, options));
      tail = written.catch(() => {});
      return written;
    },
    close() {
      closing ??= tail.then(() => close?.());
      return closing;
    },
  };
}
