/**
 * A sink that keeps each batch as an NDJSON object in a bucket of an S3-compatible store.
 *
 * @packageDocumentation
 */
import { createHash } from 'node:crypto';
import { type Clock, systemClock } from '@sallyport/core';
import { AwsV4Signer } from 'aws4fetch';
import type { AuditSink, SinkPosition } from '../sink.ts';
import { lineFormatter, type SinkFormat } from './batch-lines.ts';
import { createHttpReceiver, type HttpSinkOptions } from './http.ts';
import { createOrderedSink } from './ordered-sink.ts';

export type { SinkFormat } from './batch-lines.ts';
export type { HttpSinkOptions, SinkAnswer, SinkFetch, SinkRequest } from './http.ts';

/** Options of {@link createS3Sink}. */
export interface S3SinkOptions extends HttpSinkOptions {
  /** Address of the store: `https://s3.eu-central-1.amazonaws.com`. Buckets are addressed by path. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Defaults to `us-east-1`, which stores without regions take. */
  readonly region?: string;
  /** What keys begin with. Defaults to `audit/`. */
  readonly prefix?: string;
  /** Defaults to `json`. */
  readonly format?: Exclude<SinkFormat, 'cef'>;
  /** Keeps each object from being changed or deleted, by the store itself. The bucket must have been made with object lock. */
  readonly objectLock?: { readonly mode: 'governance' | 'compliance'; readonly days: number };
  /** Defaults to the machine's clock. */
  readonly clock?: Clock;
}

/** Digits of an index in a key: 2^53 has 16, so that the order of keys is the order of the log. */
const INDEX_DIGITS = 16;
const DAY_MS = 86_400_000;

/**
 * Creates the sink. A write resolves once the store has the object. The key is the log and the index that the batch begins at
 * (`audit/org_…/0000000000001200.ndjson`), so that a repeat, which begins at the same place, overwrites the same object; where
 * it ends stands in the metadata. Batches that come without a position are numbered in the order of their writes.
 */
export function createS3Sink(options: S3SinkOptions): AuditSink {
  const { endpoint, bucket, accessKeyId, secretAccessKey, region = 'us-east-1', prefix = 'audit/' } = options;
  const { format = 'json', objectLock, clock = systemClock } = options;
  const receiver = createHttpReceiver(options);
  const toLine = lineFormatter(format);
  const createdAt = new Date(clock.now()).toISOString().replace(/[:.]/g, '-');
  let written = 0;

  function keyOf(position: SinkPosition | undefined): string {
    if (position === undefined) return `${prefix}unplaced/${createdAt}-${digits(written)}.ndjson`;
    return `${prefix}${position.log}/${digits(position.firstIndex)}.ndjson`;
  }

  return createOrderedSink({
    name: 's3',
    async write(batch, { signal, position }) {
      const body = batch.map((event) => `${toLine(event)}\n`).join('');
      const at = new Date(clock.now());
      const signer = new AwsV4Signer({
        method: 'PUT',
        url: `${endpoint.replace(/\/+$/, '')}/${encodeURIComponent(bucket)}/${encodeKey(keyOf(position))}`,
        service: 's3',
        region,
        accessKeyId,
        secretAccessKey,
        datetime: at.toISOString().replace(/[:-]|\.\d{3}/g, ''),
        headers: {
          'content-type': 'application/x-ndjson',
          // Demanded for objects that are locked, and checked by the store for the others too.
          'content-md5': createHash('md5').update(body).digest('base64'),
          'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
          ...(position !== undefined && { 'x-amz-meta-last-index': String(position.lastIndex) }),
          ...(objectLock !== undefined && {
            'x-amz-object-lock-mode': objectLock.mode.toUpperCase(),
            'x-amz-object-lock-retain-until-date': new Date(at.getTime() + objectLock.days * DAY_MS).toISOString(),
          }),
        },
        body,
      });
      const { url, headers } = await signer.sign();
      await receiver.send(url.href, { method: 'PUT', headers: Object.fromEntries(headers), body, signal });
      if (position === undefined) written += 1;
    },
  });
}

function digits(index: number): string {
  return String(index).padStart(INDEX_DIGITS, '0');
}

function encodeKey(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/');
}
