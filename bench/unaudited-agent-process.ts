/** The agent in front of {@link ./unaudited-server-process.ts}, without enrolment. First line on stdout once it is connected. */
import { createAgent, createKubeconfigUpstream } from '@sallyport/agent';
import type { ClusterId } from '@sallyport/core';
import { createCapabilityVerifier, type SigningJwks } from '@sallyport/core/credentials';
import { type AgentPlace, dialGateway, staticUpstream } from './pieces.ts';

/** What {@link ./audit-cost.ts} passes. */
export interface UnauditedAgentOptions extends AgentPlace {
  readonly clusterId: ClusterId;
  readonly capabilityKeys: SigningJwks;
  /** A real cluster in place of the static upstream. */
  readonly kubeconfig?: string;
}

const options = JSON.parse(process.argv[2] ?? '{}') as UnauditedAgentOptions;
const agent = createAgent({
  connect: async () => ({ link: await dialGateway(options) }),
  upstream: options.kubeconfig === undefined ? staticUpstream(options) : createKubeconfigUpstream(options.kubeconfig),
  capabilities: createCapabilityVerifier({ jwks: options.capabilityKeys, clusterId: options.clusterId }),
  ceiling: { groups: ['sallyport:cluster-admin'] },
  onStateChange: (state) => state === 'connected' && process.stdout.write('ready\n'),
});
await agent.run({ signal: new AbortController().signal });
