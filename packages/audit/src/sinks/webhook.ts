/**
 * A sink that posts batches to a URL, signed as Standard Webhooks has it.
 *
 * @packageDocumentation
 */
import { createHash } from 'node:crypto';
import { type Clock, systemClock } from '@sallyport/core';
import { signWebhook } from '@sallyport/core/webhooks';
import type { AuditSink } from '../sink.ts';
import { lineFormatter, type SinkFormat, splitBySize } from './batch-lines.ts';
import { createHttpReceiver, type HttpSinkOptions } from './http.ts';
import { createOrderedSink } from './ordered-sink.ts';

export type { SinkFormat } from './batch-lines.ts';
export type { HttpSinkOptions, SinkAnswer, SinkFetch, SinkRequest } from './http.ts';

/** How much a webhook is sent at once. */
export interface WebhookSinkLimits {
  /** Size at which a batch is sent in several requests, in bytes. Defaults to 1 MiB. */
  readonly maxBodyBytes: number;
}

/** Options of {@link createWebhookSink}. */
export interface WebhookSinkOptions extends HttpSinkOptions, Partial<WebhookSinkLimits> {
  readonly url: string;
  /** `whsec_` and 24 to 64 bytes in base64. What is sent is signed with it. */
  readonly secret: string;
  /** Defaults to `json`. */
  readonly format?: SinkFormat;
  /** Lines (`ndjson`), or one JSON array, which CEF can't be. Defaults to `ndjson`. */
  readonly body?: 'ndjson' | 'array';
  /** Of the timestamps that are signed. Defaults to the machine's clock. */
  readonly clock?: Clock;
}

const MAX_BODY_BYTES = 1_024 * 1_024;

/**
 * Creates the sink. A write resolves once every request was answered with 2xx. `webhook-id` is derived from the ids of the events,
 * so that the same batch has the same one however often it is sent; where batches are cut differently after a restart, the `id`
 * of each event tells repeats.
 */
export function createWebhookSink(options: WebhookSinkOptions): AuditSink {
  const { url, secret, format = 'json', body: shape = 'ndjson', maxBodyBytes = MAX_BODY_BYTES } = options;
  const { clock = systemClock } = options;
  const receiver = createHttpReceiver(options);
  const toLine = lineFormatter(format);
  const isArray = shape === 'array' && format !== 'cef';
  return createOrderedSink({
    name: 'webhook',
    async write(batch, { signal }) {
      const lines = batch.map((event) => ({ id: event.id, line: toLine(event) }));
      for (const run of splitBySize(lines, maxBodyBytes)) {
        const text = run.map(({ line }) => line);
        const body = isArray ? `[${text.join(',')}]` : `${text.join('\n')}\n`;
        const headers = {
          'content-type': isArray
            ? 'application/json'
            : format === 'cef'
              ? 'text/plain; charset=utf-8'
              : 'application/x-ndjson',
          ...signWebhook(secret, { id: idOf(run.map(({ id }) => id)), at: new Date(clock.now()), body }),
        };
        await receiver.send(url, { method: 'POST', headers, body, signal });
      }
    },
  });
}

function idOf(ids: readonly string[]): string {
  return `msg_${createHash('sha256').update(ids.join('\n')).digest('base64url').slice(0, 32)}`;
}
