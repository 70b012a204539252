import { randomFillSync } from 'node:crypto';
import { firstHeader, type RawHeaders } from '@sallyport/core';

const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;
const bytes = Buffer.alloc(16);

/** The trace id of a W3C `traceparent` header, or a new one. */
export function traceIdOf(headers: RawHeaders): string {
  const given = TRACEPARENT.exec(firstHeader(headers, 'traceparent') ?? '');
  return given?.[1] ?? randomFillSync(bytes).toString('hex');
}
