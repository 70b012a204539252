import type { AuditEvent, AuditPipeline } from '@sallyport/audit';
import { actionClassOf, type RequestAttributes } from '@sallyport/core';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { SERVER_METRICS, type ServerMetricName } from './catalogue.ts';

/** What a server looks up when its metrics are asked for. */
export interface MetricSources {
  readonly version: string;
  readonly isReady: () => boolean;
  readonly openRequests: () => number;
  readonly tunnels: () => { readonly tunnels: number; readonly clusters: number };
  readonly replicas: () => number;
  readonly snapshot: () => { readonly isFresh: boolean; readonly version: number };
}

/** The metrics of one server. */
export interface ServerMetrics {
  /** Counts what passes through a pipeline. */
  counting(pipeline: AuditPipeline): AuditPipeline;
  /** Counts a request to anything beside clusters. */
  answered(method: string, status: number, seconds: number): void;
  /** Everything as text, in the format of Prometheus. */
  render(sources: MetricSources): Promise<string>;
}

/** Media type of {@link ServerMetrics.render}. */
export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** Seconds: an answer from memory takes some milliseconds, and a large list some seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Others would be labels that callers make up. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Makes metrics that start at zero, with those of the process. */
export function createServerMetrics(): ServerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const of = <Name extends ServerMetricName>(name: Name) => {
    const { help, labels } = SERVER_METRICS[name];
    return { name, help, labelNames: labels, registers: [registry] };
  };
  const gauge = (name: ServerMetricName) => new Gauge(of(name));
  const requests = new Counter(of('sallyport_proxy_requests_total'));
  const durations = new Histogram({ ...of('sallyport_proxy_request_duration_seconds'), buckets: BUCKETS });
  const bytes = new Counter(of('sallyport_proxy_bytes_total'));
  const apiDurations = new Histogram({ ...of('sallyport_api_request_duration_seconds'), buckets: BUCKETS });
  const events = new Counter(of('sallyport_audit_events_total'));
  const failures = new Counter(of('sallyport_audit_failures_total'));
  const info = gauge('sallyport_server_info');
  const ready = gauge('sallyport_server_ready');
  const open = gauge('sallyport_proxy_requests_open');
  const tunnels = gauge('sallyport_tunnels');
  const clusters = gauge('sallyport_clusters_connected');
  const replicas = gauge('sallyport_replicas');
  const isFresh = gauge('sallyport_snapshot_fresh');
  const snapshotVersion = gauge('sallyport_snapshot_version');

  function count({ code, outcome, request }: AuditEvent): void {
    events.inc({ code });
    if (outcome === undefined || request === undefined || !code.startsWith('proxy.')) return;
    const { action, isStream } = describeAction(request.attributes);
    requests.inc({ action, ended: outcome.ended, status: statusClass(outcome.status) });
    bytes.inc({ action, direction: 'sent' }, outcome.bytesSent);
    bytes.inc({ action, direction: 'received' }, outcome.bytesReceived);
    if (!isStream && outcome.ended === 'completed') durations.observe({ action }, outcome.durationMs / 1_000);
  }

  return {
    counting: (pipeline) => ({
      async record(event, delivery) {
        await pipeline.record(event, delivery).catch((error: unknown) => {
          failures.inc({ code: event.code });
          throw error;
        });
        count(event);
      },
      flush: () => pipeline.flush(),
      close: () => pipeline.close(),
    }),
    answered(method, status, seconds) {
      const known = METHODS.has(method) ? method : 'other';
      apiDurations.observe({ method: known, status: statusClass(status) }, seconds);
    },
    render(sources) {
      const { isFresh: fresh, version } = sources.snapshot();
      const held = sources.tunnels();
      info.set({ version: sources.version }, 1);
      ready.set(Number(sources.isReady()));
      open.set(sources.openRequests());
      tunnels.set(held.tunnels);
      clusters.set(held.clusters);
      replicas.set(sources.replicas());
      isFresh.set(Number(fresh));
      snapshotVersion.set(version);
      return registry.metrics();
    },
  };
}

/** What a request does; `none` where it was refused before that was known. */
function describeAction(attributes: RequestAttributes | undefined): { action: string; isStream: boolean } {
  if (attributes === undefined) return { action: 'none', isStream: true };
  if (attributes.verb === 'watch') return { action: 'watch', isStream: true };
  const action = actionClassOf(attributes, false);
  const isLog = attributes.kind === 'resource' && attributes.subresource === 'log';
  return { action, isStream: isLog || action === 'connect' };
}

const statusClass = (status: number): string => (status < 100 ? 'none' : `${Math.floor(status / 100)}xx`);
