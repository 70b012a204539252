import { randomUUID } from 'node:crypto';
import type { AuditOutcome } from '@sallyport/audit';
import type { RawHeaders } from '@sallyport/core';
import type { Facts } from './admit.ts';
import type { ProxyRequest } from './request.ts';

/** The trace of one request. */
export interface RequestTrace {
  /** W3C trace id: the client's, or a new one. */
  readonly id: string;
  /** Times a part of what is done for the request. */
  time<Result>(part: 'admit' | 'record', work: () => Promise<Result>): Promise<Result>;
  /** Begins the part that the cluster takes; the `traceparent` for it, `undefined` where the client's is to go on. */
  goUpstream(): string | undefined;
  /** The request is over. Only the first call counts. */
  end(facts: Omit<Facts, 'trace'>, outcome: AuditOutcome | undefined): void;
}

/** Where requests are traced. */
export interface RequestTraces {
  begin(request: ProxyRequest): RequestTrace;
}

/** Knows the ids of traces, and keeps none. */
export const untraced: RequestTraces = {
  begin: ({ headers }) => ({
    id: traceIdOf(headers),
    time: (_part, work) => work(),
    goUpstream: () => undefined,
    end() {},
  }),
};

// W3C Trace Context, section 3.2: version 00 has these four fields, and later ones begin with them.
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;
const NONE = /^0+$/;

/**
 * The trace id of a W3C `traceparent` header, or a new one: where there is none, more than one, or one that is not valid, a trace
 * begins here.
 */
export function traceIdOf(headers: RawHeaders): string {
  return traceParentOf(headers)?.traceId ?? newTraceId();
}

/** The span that a request is part of, by its W3C `traceparent`; `undefined` where {@link traceIdOf} begins a trace. */
export function traceParentOf(
  headers: RawHeaders,
): { readonly traceId: string; readonly parentId: string } | undefined {
  let traceparent: string | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.length !== 11 || name.toLowerCase() !== 'traceparent') continue;
    if (traceparent !== undefined) return undefined;
    traceparent = headers[i + 1];
  }
  const [, version, traceId = '', parentId = '', more] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  const isValid = !NONE.test(traceId) && !NONE.test(parentId) && (version !== '00' || more === undefined);
  return isValid && traceId !== '' ? { traceId, parentId } : undefined;
}

function newTraceId(): string {
  // Node keeps random bytes for UUIDs in stock: four times as fast as asking for sixteen each time.
  return randomUUID().replaceAll('-', '');
}
