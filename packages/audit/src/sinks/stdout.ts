/**
 * A sink that writes one line per event to a stream, such as the standard output of a process.
 *
 * @packageDocumentation
 */
import type { Writable } from 'node:stream';
import { AuditError } from '../errors.ts';
import type { AuditSink } from '../sink.ts';
import { lineFormatter, type SinkFormat } from './batch-lines.ts';
import { createOrderedSink } from './ordered-sink.ts';

export type { SinkFormat } from './batch-lines.ts';

/** Options of {@link createStdoutSink}. */
export interface StdoutSinkOptions {
  /** Where lines go. It stays open when the sink closes: it is whoever's who handed it in. */
  readonly stream: Writable;
  /** Defaults to `json`. */
  readonly format?: SinkFormat;
}

/** Creates the sink. A write resolves once the stream took all of the batch, and rejects when the stream failed or has ended. */
export function createStdoutSink({ stream, format = 'json' }: StdoutSinkOptions): AuditSink {
  const toLine = lineFormatter(format);
  // Each write hears of a failure by itself; but a stream without a listener takes the process along when it fails.
  const ignore = () => {};
  stream.on('error', ignore);
  return createOrderedSink({
    name: 'stdout',
    write: (batch) =>
      new Promise((resolve, reject) => {
        stream.write(batch.map((event) => `${toLine(event)}\n`).join(''), (cause) => {
          if (cause)
            reject(new AuditError({ code: 'ERR_AUDIT_SINK', message: 'audit stream could not be written', cause }));
          else resolve();
        });
      }),
    close: async () => {
      stream.removeListener('error', ignore);
    },
  });
}
