import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuditEvent, type AuditSink, formatAuditEvent } from '@sallyport/audit';

/** Appends events to a file for each day in `folder`, which must be there. */
export function createDailySink(folder: string): AuditSink {
  let isClosed = false;
  // Writes may be asked for at the same time, and are done one after the other.
  let last: Promise<void> = Promise.resolve();

  async function append(batch: readonly AuditEvent[]): Promise<void> {
    for (const event of batch) {
      const file = `${event.at.toISOString().slice(0, 10)}.ndjson`;
      await appendFile(join(folder, file), `${formatAuditEvent(event)}\n`);
    }
  }

  return {
    name: 'daily',
    async write(batch) {
      if (isClosed) throw new Error('the sink is closed');
      const written = last.then(() => append(batch));
      last = written.catch(() => {});
      await written;
    },
    async close() {
      isClosed = true;
      await last;
    },
  };
}
