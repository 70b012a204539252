import { gunzipSync } from 'node:zlib';
import type { ChangeSide, JsonObject } from '@sallyport/audit';
import { firstHeader, type RawHeaders } from '@sallyport/core';

/**
 * The object in the body of an answer. `notJson` for other forms of it (protobuf), `unknown` for what is not the object: a
 * Status, a Table, metadata alone.
 */
export function readAnsweredObject(headers: RawHeaders, body: Buffer | 'tooLarge', maxBytes: number): ChangeSide {
  if (body === 'tooLarge') return 'tooLarge';
  const type = firstHeader(headers, 'content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') return 'notJson';
  const plain = decoded(firstHeader(headers, 'content-encoding'), body, maxBytes);
  if (typeof plain === 'string') return plain;
  let value: unknown;
  try {
    value = JSON.parse(plain.toString());
  } catch {
    return 'notJson';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'unknown';
  const object = value as JsonObject;
  return isSubstitute(object) ? 'unknown' : object;
}

/** kubectl asks for gzip, and the API server answers with it from 128 KiB on. */
function decoded(encoding: string | undefined, body: Buffer, maxBytes: number): Buffer | 'tooLarge' | 'notJson' {
  switch (encoding?.trim().toLowerCase() ?? 'identity') {
    case 'identity':
      return body;
    case 'gzip':
      try {
        return gunzipSync(body, { maxOutputLength: maxBytes });
      } catch (error) {
        // What inflates beyond maxOutputLength is a RangeError; what is no gzip is another.
        return error instanceof RangeError ? 'tooLarge' : 'notJson';
      }
    default:
      return 'notJson';
  }
}

/** What the API server may answer with in place of the object. */
function isSubstitute({ kind, apiVersion }: JsonObject): boolean {
  if (kind === 'Status') return apiVersion === 'v1';
  return typeof apiVersion === 'string' && apiVersion.startsWith('meta.k8s.io/');
}
