import { gzipSync } from 'node:zlib';
import { stringify } from 'yaml';
import { firstHeader, type RawHeaders } from '../../raw-headers.ts';
import type { Reply } from './call.ts';
import type { ResourceKind } from './kinds.ts';
import { negotiate, type Representation } from './negotiate.ts';
import { parseIncludeObject, represent } from './represent.ts';
import type { StatusError } from './status-error.ts';

/** A whole answer, ready to be sent. */
export interface WholeResponse {
  readonly code: number;
  /** Name, value, name, value … */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** Answers above this size are compressed for clients that take gzip, as at kube-apiserver. */
const GZIP_THRESHOLD_BYTES = 128 * 1_024;

/** What the form of an answer depends on. */
export interface ResponseContext {
  readonly headers: RawHeaders;
  readonly query: URLSearchParams;
  readonly kind: ResourceKind | undefined;
  readonly auditID: string;
  readonly at: number;
}

function compressed(context: ResponseContext, body: Buffer, headers: string[]): Buffer {
  const accepts = /\bgzip\b/.test(firstHeader(context.headers, 'accept-encoding') ?? '');
  if (!accepts || body.length < GZIP_THRESHOLD_BYTES) return body;
  headers.push('Content-Encoding', 'gzip', 'Vary', 'Accept-Encoding');
  return gzipSync(body, { level: 1 });
}

/** Headers of every answer. */
export function commonHeaders(auditID: string): string[] {
  return ['Audit-Id', auditID, 'Cache-Control', 'no-cache, private'];
}

/** Turns an object or body reply into bytes. @throws StatusError 406 */
export function renderReply(reply: Exclude<Reply, { is: 'stream' }>, context: ResponseContext): WholeResponse {
  if (reply.is === 'body') {
    const headers = [
      ...commonHeaders(context.auditID).slice(0, 2),
      'Content-Type',
      reply.contentType,
      ...(reply.headers ?? []),
    ];
    const body = compressed(context, Buffer.from(reply.body as string), headers);
    return { code: reply.code, headers, body };
  }
  const form: Representation = context.kind
    ? negotiate(context.headers)
    : { as: 'object', apiVersion: '', yaml: false };
  const object = context.kind
    ? represent(reply.object, {
        kind: context.kind,
        form,
        includeObject: parseIncludeObject(context.query),
        at: context.at,
      })
    : reply.object;
  const type = form.yaml ? 'application/yaml' : 'application/json';
  const headers = [...commonHeaders(context.auditID), 'Content-Type', type, ...(reply.headers ?? [])];
  const text = form.yaml ? stringify(object) : `${JSON.stringify(object)}\n`;
  return { code: reply.code, headers, body: compressed(context, Buffer.from(text), headers) };
}

/** A failed request. */
export function renderError(error: StatusError, auditID: string): WholeResponse {
  const { status } = error;
  const headers = [...commonHeaders(auditID), 'Content-Type', 'application/json'];
  if (status.code === 401) headers.push('Www-Authenticate', 'Bearer');
  const seconds = status.details?.retryAfterSeconds;
  if (seconds !== undefined) headers.push('Retry-After', String(seconds));
  return { code: status.code, headers, body: Buffer.from(`${JSON.stringify(status)}\n`) };
}
