import type { Tracer } from '@opentelemetry/api';
import { type Context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import type { AuditOutcome } from '@sallyport/audit';
import type { Facts } from '../proxy/admit.ts';
import { type RequestTrace, type RequestTraces, traceParentOf } from '../proxy/trace.ts';

/**
 * Traces requests with spans of OpenTelemetry: one for the request (kind server), within it `admit` (authentication, policy), `record`
 * (the audit event that it waits for) and `cluster` (kind client; the way through the tunnel, and the API server, which is told
 * of it by `traceparent`). They name neither people nor objects.
 */
export function createSpanTraces(tracer: Tracer): RequestTraces {
  return {
    begin(request) {
      const parent = traceParentOf(request.headers);
      const outer =
        parent === undefined
          ? ROOT_CONTEXT
          : trace.setSpanContext(ROOT_CONTEXT, {
              traceId: parent.traceId,
              spanId: parent.parentId,
              // Whether it is kept is for us to say: callers could have all of theirs kept.
              traceFlags: TraceFlags.NONE,
              isRemote: true,
            });
      const attributes = { 'http.request.method': request.method };
      const span = tracer.startSpan('kubernetes request', { kind: SpanKind.SERVER, attributes }, outer);
      return followSpan(tracer, span, trace.setSpan(outer, span));
    },
  };
}

function followSpan(tracer: Tracer, span: Span, within: Context): RequestTrace {
  let upstream: Span | undefined;
  let isOver = false;
  return {
    id: span.spanContext().traceId,
    async time(part, work) {
      const timed = tracer.startSpan(part, {}, within);
      try {
        return await work();
      } finally {
        timed.end();
      }
    },
    goUpstream() {
      upstream = tracer.startSpan('cluster', { kind: SpanKind.CLIENT }, within);
      const { traceId, spanId, traceFlags } = upstream.spanContext();
      return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
    },
    end(facts, outcome) {
      if (isOver) return;
      isOver = true;
      upstream?.end();
      describe(span, facts, outcome);
      span.end();
    },
  };
}

function describe(span: Span, facts: Omit<Facts, 'trace'>, outcome: AuditOutcome | undefined): void {
  const { attributes, who, requestId } = facts;
  span.setAttribute('sallyport.request.id', requestId);
  if (who !== undefined) span.setAttribute('k8s.cluster.name', who.cluster.name);
  if (attributes !== undefined) {
    const { verb } = attributes;
    const resource = attributes.kind === 'resource' ? attributes.resource : 'other paths';
    const subresource =
      attributes.kind === 'resource' && attributes.subresource !== '' ? `/${attributes.subresource}` : '';
    span.updateName(`${verb} ${resource}${subresource}`);
    span.setAttribute('sallyport.verb', verb);
  }
  if (outcome === undefined) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    return;
  }
  span.setAttribute('http.response.status_code', outcome.status);
  span.setAttribute('sallyport.ended', outcome.ended);
  if (outcome.errorCode !== undefined) span.setAttribute('error.type', outcome.errorCode);
  // A refusal is what the server is for; what failed on our side or beyond is an error (HTTP semantic conventions).
  if (outcome.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
}
