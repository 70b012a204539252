/**
 * Chunks of recordings as objects in a bucket of an S3-compatible store.
 *
 * @packageDocumentation
 */
import type { Secret } from '@sallyport/core';
import { AwsV4Signer } from 'aws4fetch';
import { AuditError } from '../../errors.ts';
import type { BlobOptions, BlobStore } from '../blob-store.ts';

/** Options of {@link createS3BlobStore}. */
export interface S3BlobStoreOptions {
  /** Address of the store, for example `https://s3.eu-central-1.amazonaws.com`. Buckets are addressed by path. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Defaults to `us-east-1`, which stores without regions take. */
  readonly region?: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  /** What all keys begin with in the bucket. Default none. */
  readonly prefix?: string;
  /** How long one call may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
  /** Defaults to the platform's. */
  readonly fetch?: typeof fetch;
}

const DEFAULT_TIMEOUT_MS = 10_000;

/** Creates the store. A `put` resolves once the store has acknowledged the object. Does not try again by itself. */
export function createS3BlobStore(options: S3BlobStoreOptions): BlobStore {
  const { bucket, region = 'us-east-1', accessKeyId, secretAccessKey, prefix = '' } = options;
  const { timeoutMs = DEFAULT_TIMEOUT_MS, fetch: send = fetch } = options;
  const base = `${options.endpoint.replace(/\/+$/, '')}/${encodeURIComponent(bucket)}`;
  const urlOf = (key: string): string => `${base}/${(prefix + key).split('/').map(encodeURIComponent).join('/')}`;

  async function call(method: string, url: string, { signal }: BlobOptions = {}, body?: Uint8Array): Promise<Response> {
    const deadline = AbortSignal.timeout(timeoutMs);
    const bytes = body && new Uint8Array(body);
    const signed = await new AwsV4Signer({
      method,
      url,
      ...(bytes && { body: bytes }),
      accessKeyId,
      secretAccessKey: secretAccessKey.reveal(),
      service: 's3',
      region,
    }).sign();
    try {
      return await send(signed.url, {
        method,
        headers: signed.headers,
        // A redirect would carry the signature to whoever the answer names.
        redirect: 'error',
        ...(bytes && { body: bytes }),
        signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
      });
    } catch (cause) {
      throw failed(method, url, 'no answer', cause);
    }
  }

  async function expectOk(method: string, url: string, response: Response): Promise<Response> {
    if (response.ok) return response;
    await response.body?.cancel();
    throw failed(method, url, `status ${response.status}`);
  }

  async function* list(from: string, given?: BlobOptions): AsyncGenerator<string> {
    let token: string | undefined;
    do {
      const query = new URLSearchParams({ 'list-type': '2', prefix: prefix + from });
      if (token !== undefined) query.set('continuation-token', token);
      const url = `${base}?${query}`;
      const text = await (await expectOk('GET', url, await call('GET', url, given))).text();
      for (const [, key = ''] of text.matchAll(/<Key>([^<]*)<\/Key>/g)) yield unescapeXml(key).slice(prefix.length);
      token = /<NextContinuationToken>([^<]*)<\/NextContinuationToken>/.exec(text)?.[1];
      if (token !== undefined) token = unescapeXml(token);
    } while (token !== undefined);
  }

  return {
    name: 's3',
    async put(key, bytes, given) {
      const url = urlOf(key);
      const response = await expectOk('PUT', url, await call('PUT', url, given, bytes));
      await response.body?.cancel();
    },
    async get(key, given) {
      const url = urlOf(key);
      const response = await call('GET', url, given);
      if (response.status === 404) {
        await response.body?.cancel();
        return undefined;
      }
      return new Uint8Array(await (await expectOk('GET', url, response)).arrayBuffer());
    },
    list,
    async delete(key, given) {
      const url = urlOf(key);
      const response = await call('DELETE', url, given);
      if (response.status !== 404) await expectOk('DELETE', url, response);
      await response.body?.cancel();
    },
  };
}

function unescapeXml(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => named[name] ?? '');
}

function failed(method: string, url: string, what: string, cause?: unknown): AuditError {
  const { host, pathname } = new URL(url);
  return new AuditError({ code: 'ERR_BLOB_STORE', message: `${method} ${host}${pathname}: ${what}`, cause });
}
