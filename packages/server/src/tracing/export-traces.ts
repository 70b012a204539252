import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { ReplicaId, Secret } from '@sallyport/core';
import type { RequestTraces } from '../proxy/trace.ts';
import { createSpanTraces } from './span-traces.ts';

/** Where traces of requests go. */
export interface TracingConfig {
  /** Takes OTLP over HTTP, e.g. `https://collector:4318/v1/traces`. */
  readonly endpoint: string;
  /** Share of requests that are traced, 0 to 1. */
  readonly sampleRatio: number;
  /** Value of the header `Authorization`. */
  readonly authorization?: Secret;
}

/** Traces that leave the server. */
export interface ExportedTraces extends RequestTraces {
  /** Sends what is there, and ends. */
  close(): Promise<void>;
}

/**
 * Sends a share of requests as spans to a collector, in batches; what it does not take in time is dropped, and no request waits for it.
 * Which requests are traced goes by the trace id, so that all servers choose the same.
 */
export function exportTraces(
  { endpoint, sampleRatio, authorization }: TracingConfig,
  server: { readonly version: string; readonly replicaId: ReplicaId },
): ExportedTraces {
  const exporter = new OTLPTraceExporter({
    url: endpoint,
    ...(authorization && { headers: { Authorization: authorization.reveal() } }),
  });
  const byTrace = new TraceIdRatioBasedSampler(sampleRatio);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'sallyport-server',
      'service.version': server.version,
      'service.instance.id': server.replicaId,
    }),
    // A client's own flag does not count: it would let anybody have everything traced.
    sampler: new ParentBasedSampler({
      root: byTrace,
      remoteParentSampled: byTrace,
      remoteParentNotSampled: byTrace,
    }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  return {
    ...createSpanTraces(provider.getTracer('sallyport')),
    close: () => provider.shutdown().catch(() => {}),
  };
}
