/** The agent as a process of its own. Argument: a file with JSON. First line on stdout once it is connected. */
import { readFileSync } from 'node:fs';
import { type AgentConfig, runAgent, type TunnelLink } from '@sallyport/agent';
import { Secret } from '@sallyport/core';

/** What {@link ./configurations.ts} writes. */
export interface AgentProcessOptions {
  readonly serverUrl: string;
  readonly caPem: string;
  readonly clusterId: AgentConfig['clusterId'] & string;
  readonly capabilityKeys: AgentConfig['capabilityKeys'];
  readonly joinToken: string;
  readonly identityDirectory: string;
  readonly kubeconfig: string;
  /** Default: gRPC. */
  readonly tunnelLink?: TunnelLink;
  /** Port of a CONNECT proxy on 127.0.0.1 to dial through. */
  readonly proxyPort?: number;
}

const options = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as AgentProcessOptions;
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
await runAgent(
  {
    server: { url: new URL(options.serverUrl), caPem: options.caPem },
    clusterId: options.clusterId,
    capabilityKeys: options.capabilityKeys,
    joinToken: () => new Secret(options.joinToken),
    identity: { kind: 'file', directory: options.identityDirectory },
    upstream: { kind: 'kubeconfig', file: options.kubeconfig },
    ceiling: ['sallyport:edit', 'sallyport:cluster-admin', 'sallyport:inventory'],
    ...(options.tunnelLink && { tunnelLink: options.tunnelLink }),
    ...(options.proxyPort !== undefined && { proxy: { host: '127.0.0.1', port: options.proxyPort } }),
    drainTimeoutMs: 1_000,
  },
  { signal: stopping.signal, onReady: (isReady) => isReady && process.stdout.write('ready\n') },
);
