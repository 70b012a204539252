/** Counters and gauges of an agent, in the text format of Prometheus. */
export interface AgentMetrics {
  exchangeStarted(): void;
  exchangeEnded(): void;
  /** `code` is the error code of the refusal. */
  exchangeRefused(code: string): void;
  /** `code` is the error code of the failure. */
  upstreamFailed(code: string): void;
  tunnelOpened(): void;
  tunnelClosed(): void;
  dialFailed(): void;
  /** When the certificate of the agent ends, once it is known. */
  certificateEnds(at: Date): void;
  /** Everything as text, version 0.0.4 of the exposition format. */
  render(): string;
}

/** Creates metrics that start at zero. */
export function createAgentMetrics(): AgentMetrics {
  let started = 0;
  let open = 0;
  let tunnels = 0;
  let dialsFailed = 0;
  let certificateEnd: number | undefined;
  const refused = new Map<string, number>();
  const failed = new Map<string, number>();
  const bump = (counts: Map<string, number>, code: string) => counts.set(code, (counts.get(code) ?? 0) + 1);

  return {
    exchangeStarted() {
      started += 1;
      open += 1;
    },
    exchangeEnded() {
      open -= 1;
    },
    exchangeRefused: (code) => void bump(refused, code),
    upstreamFailed: (code) => void bump(failed, code),
    tunnelOpened() {
      tunnels += 1;
    },
    tunnelClosed() {
      tunnels -= 1;
    },
    dialFailed() {
      dialsFailed += 1;
    },
    certificateEnds(at) {
      certificateEnd = at.getTime() / 1_000;
    },
    render: () =>
      [
        ...metric('sallyport_agent_exchanges_total', 'counter', 'Exchanges taken from the server.', [['', started]]),
        ...metric('sallyport_agent_exchanges_open', 'gauge', 'Exchanges under way.', [['', open]]),
        ...metric(
          'sallyport_agent_exchanges_refused_total',
          'counter',
          'Exchanges that the agent refused, by error code.',
          labelled(refused),
        ),
        ...metric(
          'sallyport_agent_upstream_failures_total',
          'counter',
          'Exchanges that failed at kube-apiserver, by error code.',
          labelled(failed),
        ),
        ...metric('sallyport_agent_tunnels', 'gauge', 'Tunnels that are up, draining ones too.', [['', tunnels]]),
        ...metric('sallyport_agent_dial_failures_total', 'counter', 'Dials that failed.', [['', dialsFailed]]),
        ...metric(
          'sallyport_agent_certificate_expiry_seconds',
          'gauge',
          'End of the certificate of the agent, seconds since the epoch.',
          certificateEnd === undefined ? [] : [['', certificateEnd]],
        ),
        ...metric('process_resident_memory_bytes', 'gauge', 'Resident memory.', [['', process.memoryUsage.rss()]]),
        '',
      ].join('\n'),
  };
}

function labelled(counts: ReadonlyMap<string, number>): [string, number][] {
  // Codes are our own constants: letters, digits and underscores, so nothing needs escaping.
  return [...counts].map(([code, count]) => [`{code="${code}"}`, count]);
}

function metric(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  samples: readonly (readonly [string, number])[],
): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(([labels, value]) => `${name}${labels} ${value}`),
  ];
}
