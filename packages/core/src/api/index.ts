/**
 * The REST contract of Sallyport and its typed client.
 *
 * Start with {@link fetchDiscovery}: a host name is all it needs. Sign in at the issuer it names, with a
 * {@link generateDpopKeyPair key pair} that access tokens are bound to, then call {@link createApiClient}. The
 * {@link operations} table is the contract itself: server routes, permissions and documentation are derived from it.
 * Signing in is left to an OAuth library.
 *
 * @packageDocumentation
 */
export type { ApiClient, ApiClientOptions, ApiFetch, CallOptions, FetchDiscoveryOptions } from './client.ts';
export { ApiProblemError, createApiClient, fetchDiscovery } from './client.ts';
export type { Discovery } from './discovery.ts';
export { DISCOVERY_PATH, discoverySchema, LOOPBACK_REDIRECT_PATH } from './discovery.ts';
export type { DpopKeyPair, DpopProofOptions } from './dpop.ts';
export { createDpopProof, exportDpopKeyPair, generateDpopKeyPair, hashAccessToken, importDpopKeyPair } from './dpop.ts';
export type { Operation, OperationName, OperationPermission, PlatformPermission } from './operations.ts';
export { API_PREFIX, operations, PLATFORM_PERMISSIONS } from './operations.ts';
export type { ApiProblemCode, Problem } from './problem.ts';
export { PROBLEM_MEDIA_TYPE, problemSchema } from './problem.ts';
export type {
  AuditEventList,
  AuditEventResource,
  ClusterHealth,
  ClusterList,
  ClusterResource,
  InstallValues,
  JoinTokenResource,
  KubeCredentialResource,
  RegisterCluster,
  RegisteredCluster,
  WhoAmI,
} from './resources.ts';
export {
  auditEventListSchema,
  auditEventSchema,
  auditQuerySchema,
  clusterHealthSchema,
  clusterListSchema,
  clusterSchema,
  dnsLabelSchema,
  installValuesSchema,
  joinTokenSchema,
  kubeCredentialSchema,
  labelsSchema,
  registerClusterSchema,
  registeredClusterSchema,
  whoAmISchema,
} from './resources.ts';
