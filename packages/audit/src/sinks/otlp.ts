/**
 * A sink that sends events as OpenTelemetry logs: OTLP over HTTP, in its JSON form.
 *
 * @packageDocumentation
 */
import { type Clock, systemClock } from '@sallyport/core';
import { AuditError } from '../errors.ts';
import type { AuditSink } from '../sink.ts';
import { createHttpReceiver, type HttpSinkOptions } from './http.ts';
import { createOrderedSink } from './ordered-sink.ts';
import { toExportLogsRequest } from './otlp-records.ts';

export type { HttpSinkOptions, SinkAnswer, SinkFetch, SinkRequest } from './http.ts';

/** Options of {@link createOtlpSink}. */
export interface OtlpSinkOptions extends HttpSinkOptions {
  /** Where logs are taken, with its path: `https://collector.example/v1/logs`. */
  readonly url: string;
  /** Sent along with every request, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Attributes of the resource. Defaults to `service.name` = `sallyport`, which stands unless it is stated. */
  readonly resource?: Readonly<Record<string, string>>;
  /** Defaults to the machine's clock. */
  readonly clock?: Clock;
}

/** Only these may be sent again (OTLP specification, "Retryable Response Codes"). */
const RETRYABLE = [429, 502, 503, 504];
const STATUSES = Array.from({ length: 300 }, (_, i) => 300 + i);
/** Settings are at fault, which somebody corrects, not the batch. */
const CONFIGURATION = [301, 302, 303, 307, 308, 401, 403, 404, 405, 407];
const FINAL_STATUSES = STATUSES.filter((status) => !RETRYABLE.includes(status) && !CONFIGURATION.includes(status));

/**
 * Creates the sink. A write resolves once the receiver took every record. When it took a part (partial success), the write fails with
 * `isFinal` and how many were not taken: the specification forbids to send that batch again.
 */
export function createOtlpSink(options: OtlpSinkOptions): AuditSink {
  const { url, headers = {}, clock = systemClock } = options;
  const resource = { 'service.name': 'sallyport', ...options.resource };
  const receiver = createHttpReceiver(options, FINAL_STATUSES);
  return createOrderedSink({
    name: 'otlp',
    async write(batch, { signal }) {
      const answer = await receiver.send(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(toExportLogsRequest(batch, resource, new Date(clock.now()))),
        signal,
      });
      const rejected = rejectedIn(answer);
      if (rejected === 0) return;
      throw new AuditError({
        code: 'ERR_AUDIT_SINK_REFUSED',
        message: `${new URL(url).host} did not take ${rejected} of ${batch.length} log records`,
        nextStep: "Look at the receiver's own log.",
        isFinal: true,
      });
    },
  });
}

/** How many records a receiver says that it did not take. A warning comes with none of them; an empty answer took all. */
function rejectedIn(answer: string): number {
  try {
    const { partialSuccess } = JSON.parse(answer) as { partialSuccess?: { rejectedLogRecords?: string | number } };
    return Number(partialSuccess?.rejectedLogRecords ?? 0) || 0;
  } catch {
    // Some receivers answer a taken batch with nothing, or in words.
    return 0;
  }
}
