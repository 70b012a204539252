import type { Clock, Secret } from '@sallyport/core';
import { AwsV4Signer } from 'aws4fetch';
import { AuditError } from '../errors.ts';
import { assertSame } from './file.ts';
import { type CheckpointWitness, checkpointPath } from './witness.ts';

/** Options of {@link createS3Witness}. */
export interface S3WitnessOptions {
  readonly name: string;
  /** Address of the store, for example `https://s3.eu-central-1.amazonaws.com`. Buckets are addressed by path. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Defaults to `us-east-1`, which stores without regions take. */
  readonly region?: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  /** What all keys begin with in the bucket. Default none. */
  readonly prefix?: string;
  /**
   * How long the store is to refuse that anybody deletes or replaces a checkpoint (object lock in compliance mode), in milliseconds.
   * The bucket must have been made with object lock. Absent: only what the bucket itself says.
   */
  readonly lockMs?: number;
  readonly clock: Clock;
  /** How long one call may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
  /** Defaults to the platform's. */
  readonly fetch?: typeof fetch;
}

const DEFAULT_TIMEOUT_MS = 10_000;

/** Keeps each checkpoint as an object that is made once: `If-None-Match: *` refuses to replace it, object lock to delete it. */
export function createS3Witness(options: S3WitnessOptions): CheckpointWitness {
  const { name, endpoint, bucket, region = 'us-east-1', accessKeyId, secretAccessKey, prefix = '' } = options;
  const { lockMs, clock, timeoutMs = DEFAULT_TIMEOUT_MS, fetch: send = fetch } = options;
  const base = `${endpoint.replace(/\/+$/, '')}/${encodeURIComponent(bucket)}`;

  async function call(method: string, url: string, signal?: AbortSignal, body?: string): Promise<Response> {
    const deadline = AbortSignal.timeout(timeoutMs);
    const lockedUntil = lockMs === undefined ? undefined : new Date(clock.now() + lockMs).toISOString();
    const headers = {
      ...(body !== undefined && { 'if-none-match': '*', 'content-type': 'text/plain; charset=utf-8' }),
      ...(body !== undefined &&
        lockedUntil && {
          'x-amz-object-lock-mode': 'COMPLIANCE',
          'x-amz-object-lock-retain-until-date': lockedUntil,
          // The store takes a lock only with a check of what it locks.
          'x-amz-checksum-sha256': await checksum(body),
        }),
    };
    const credentials = { accessKeyId, secretAccessKey: secretAccessKey.reveal(), service: 's3', region };
    const signed = await new AwsV4Signer({
      method,
      url,
      headers,
      ...(body !== undefined && { body }),
      ...credentials,
    }).sign();
    try {
      return await send(signed.url, {
        method,
        headers: signed.headers,
        // A redirect would carry the signature to whoever the answer names.
        redirect: 'error',
        ...(body !== undefined && { body }),
        signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
      });
    } catch (cause) {
      throw failed('no answer', cause);
    }
  }

  function failed(reason: string, cause?: unknown): AuditError {
    const message = `witness ${name} at ${new URL(endpoint).origin}: ${reason}`;
    return new AuditError({ code: 'ERR_AUDIT_WITNESS', message, cause });
  }

  return {
    name,
    async record(checkpoint, { signal } = {}) {
      const url = `${base}/${(prefix + checkpointPath(checkpoint)).split('/').map(encodeURIComponent).join('/')}`;
      // Not every store knows the condition: what is there already is never written over.
      const kept = await call('GET', url, signal);
      if (kept.ok) return assertSame(name, await kept.text(), checkpoint);
      await kept.body?.cancel();
      if (kept.status !== 404) throw failed(`status ${kept.status}`);
      const put = await call('PUT', url, signal, checkpoint.note);
      await put.body?.cancel();
      // 412 and 409: another server has just made it. The next try compares.
      if (!put.ok) throw failed(`status ${put.status}`);
    },
  };
}

async function checksum(body: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body));
  return Buffer.from(hash).toString('base64');
}
