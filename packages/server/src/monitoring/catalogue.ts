/** Every metric of a server, as `docs/metrics.md` lists them. */

/** What kind of number a metric is, in the words of OpenMetrics. */
export type MetricType = 'counter' | 'gauge' | 'histogram';

/** What a metric is and says. */
export interface MetricEntry {
  readonly type: MetricType;
  readonly help: string;
  readonly labels: readonly string[];
  /** `stable`: name, labels and meaning stay until the next major version. `experimental`: they may change with any version. */
  readonly stability: 'stable' | 'experimental';
}

const entry = (
  type: MetricType,
  help: string,
  labels: readonly string[] = [],
  stability: MetricEntry['stability'] = 'stable',
): MetricEntry => ({ type, help, labels, stability });

/** Metrics by name; none has a label that a caller can choose freely. Those of the process come besides, as prom-client names them. */
export const SERVER_METRICS = {
  sallyport_server_info: entry('gauge', 'Always 1; its label says which version runs.', ['version']),
  sallyport_server_ready: entry('gauge', 'Whether requests are served: 1, or 0 as /readyz says why.'),
  sallyport_proxy_requests_total: entry(
    'counter',
    'Requests to clusters that have ended: what they do, how they ended, and the class of their HTTP status.',
    ['action', 'ended', 'status'],
  ),
  sallyport_proxy_request_duration_seconds: entry(
    'histogram',
    'Time from the request to its end, of reads and writes that are allowed and do not stream.',
    ['action'],
  ),
  sallyport_proxy_bytes_total: entry(
    'counter',
    'Bytes of bodies and streams: sent to callers, and received from them.',
    ['action', 'direction'],
  ),
  sallyport_proxy_requests_open: entry('gauge', 'Requests to clusters under way, streams with them.'),
  sallyport_api_request_duration_seconds: entry(
    'histogram',
    'Time of requests to everything beside clusters: REST API, sign-in, pages.',
    ['method', 'status'],
  ),
  sallyport_audit_events_total: entry('counter', 'Audit events recorded by this server, by their code.', ['code']),
  sallyport_audit_failures_total: entry('counter', 'Audit events that could not be recorded, by their code.', ['code']),
  sallyport_tunnels: entry('gauge', 'Tunnels of agents that end at this server.'),
  sallyport_clusters_connected: entry('gauge', 'Clusters with at least one of these tunnels.'),
  sallyport_replicas: entry('gauge', 'Servers that live on the database, this one included.'),
  sallyport_snapshot_fresh: entry(
    'gauge',
    'Whether what requests are decided on is fresh; while it is 0 they are refused.',
  ),
  sallyport_snapshot_version: entry('gauge', 'Number of the last change that decisions know.', [], 'experimental'),
} as const satisfies Readonly<Record<string, MetricEntry>>;

/** Name of a metric of {@link SERVER_METRICS}. */
export type ServerMetricName = keyof typeof SERVER_METRICS;
