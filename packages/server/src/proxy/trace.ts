import { randomUUID } from 'node:crypto';
import { firstHeader, type RawHeaders } from '@sallyport/core';

const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The trace id of a W3C `traceparent` header, or a new one. */
export function traceIdOf(headers: RawHeaders): string {
  const given = TRACEPARENT.exec(firstHeader(headers, 'traceparent') ?? '');
  // Node keeps random bytes for UUIDs in stock: four times as fast as asking for sixteen each time.
  return given?.[1] ?? randomUUID().replaceAll('-', '');
}
