/** An agent as a process of its own. Argument: a file with JSON. First line on stdout once it is connected. */
import { readFileSync } from 'node:fs';
import { type AgentConfig, runAgent } from '@sallyport/agent';
import { Secret } from '@sallyport/core';

/** What {@link ./replicas.ts} writes. */
export interface AgentProcessOptions {
  readonly serverUrl: string;
  readonly caPem: string;
  readonly clusterId: AgentConfig['clusterId'] & string;
  readonly capabilityKeys: AgentConfig['capabilityKeys'];
  readonly joinToken: string;
  readonly identityDirectory: string;
  readonly kubeconfig: string;
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
    ceiling: ['sallyport:view', 'sallyport:cluster-admin', 'sallyport:inventory'],
    drainTimeoutMs: 1_000,
  },
  { signal: stopping.signal, onReady: (isReady) => isReady && process.stdout.write('ready\n') },
);
