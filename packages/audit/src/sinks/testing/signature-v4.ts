import { createHash, createHmac } from 'node:crypto';
import type { ReceivedRequest } from './http-double.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/**
 * Checks a request as a store does (AWS General Reference, "Create a signed AWS API request"): the hash of the body, then the
 * signature over the canonical request.
 */
export function hasGoodSignature({ path, headers, body }: ReceivedRequest, secretAccessKey: string): boolean {
  const stated = /^AWS4-HMAC-SHA256 Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
    headers.authorization ?? '',
  );
  const [, scope = '', names = '', signature] = stated ?? [];
  const bodyHash = headers['x-amz-content-sha256'];
  if (signature === undefined || bodyHash !== sha256(body)) return false;
  const signed = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const canonical = ['PUT', path, '', signed.join(''), names, bodyHash].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  return hmac(key, toSign).toString('hex') === signature;
}
