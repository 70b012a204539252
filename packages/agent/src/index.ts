/**
 * The agent of a cluster: dials out to the server, verifies for itself what it is asked to do, and speaks to
 * kube-apiserver as the person behind each request.
 *
 * Start with {@link createAgent}, an upstream from {@link createInClusterUpstream} or {@link createKubeconfigUpstream},
 * and a way to dial; {@link runAgent} puts all of it together from a configuration, enrolment and health port included.
 * The agent decides nothing about access: it only refuses what no signed capability covers or what lies above its own
 * ceiling.
 *
 * @packageDocumentation
 */
export type { Agent, AgentConnection, AgentOptions, AgentState } from './agent.ts';
export { createAgent } from './agent.ts';
export type { Ceiling } from './authorize-exchange.ts';
export { DEFAULT_EXTRA_KEYS } from './authorize-exchange.ts';
export { parseCaBundle } from './ca-bundle.ts';
export type { AgentAccessConfig, AgentConfig, ConfigSources, TunnelLink } from './config.ts';
export { loadAgentConfig } from './config.ts';
export { AGENT_CONFIG_DEFAULTS } from './config-defaults.ts';
export type { EgressProxy } from './egress-proxy.ts';
export type { AgentErrorCode } from './errors.ts';
export { AgentError } from './errors.ts';
export type { HealthServer, HealthServerOptions } from './health.ts';
export { startHealthServer } from './health.ts';
export type { EnrolOptions } from './identity/enrol.ts';
export { enrol } from './identity/enrol.ts';
export { createFileIdentityStore } from './identity/file-store.ts';
export type { AgentIdentity, IdentityStore } from './identity/identity.ts';
export type { SecretIdentityStoreOptions } from './identity/secret-store.ts';
export { createSecretIdentityStore } from './identity/secret-store.ts';
export { createJsonLogger } from './json-logger.ts';
export type { AgentMetrics } from './metrics.ts';
export { createAgentMetrics } from './metrics.ts';
export type { RunAgentOptions } from './run-agent.ts';
export { runAgent } from './run-agent.ts';
export type { ServerAddress } from './server-client.ts';
export type {
  KubeUpstream,
  OwnRequest,
  OwnResponse,
  TokenIdentity,
  UpgradeProtocol,
  UpstreamCall,
  UpstreamHandler,
  UpstreamIdentity,
  UpstreamRequest,
} from './upstream/contract.ts';
export type { InClusterOptions } from './upstream/in-cluster.ts';
export { createInClusterUpstream } from './upstream/in-cluster.ts';
export type { KubeconfigUpstreamOptions } from './upstream/kubeconfig.ts';
export { createKubeconfigUpstream } from './upstream/kubeconfig.ts';
export type { KubeUpstreamOptions } from './upstream/node-upstream.ts';
export { createKubeUpstream } from './upstream/node-upstream.ts';
