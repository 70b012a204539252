/**
 * The reference server, in pieces and as a whole.
 *
 * {@link createServer} puts everything together from a {@link ServerConfig}. {@link createAccessProxy} is the heart alone:
 * it authenticates, decides, records and carries Kubernetes requests through tunnels, and takes any snapshot source, audit
 * pipeline and tunnel registry. `./node` mounts it on Node's HTTP servers.
 *
 * @packageDocumentation
 */
export type { AccessProxy, AccessProxyOptions } from './access-proxy.ts';
export { createAccessProxy } from './access-proxy.ts';
export type {
  BindingConfig,
  DevelopmentUserConfig,
  IdentityProviderConfig,
  ServerConfig,
  ServerConfigSources,
} from './config.ts';
export {
  DEVELOPMENT_PROVIDER_NAME,
  developmentConfig,
  developmentEncryptionKey,
  loadServerConfig,
  SERVER_DEFAULTS,
} from './config.ts';
export type { ServerCheck } from './doctor/check.ts';
export { examineServer } from './doctor/examine-server.ts';
export type { FrontErrorCode, ProxyErrorCode, ServerErrorCode } from './errors.ts';
export { ServerError } from './errors.ts';
export type { OperatorInvitation } from './invite-operator.ts';
export { inviteOperator } from './invite-operator.ts';
export type { KeyManagement } from './key-management.ts';
export { openKeyManagement } from './key-management.ts';
export type { MemorySession, MemorySnapshots, MemoryWorld } from './memory-snapshots.ts';
export { createMemorySnapshots } from './memory-snapshots.ts';
export type { NodeMount } from './node/mount.ts';
export type { KeyAdministration, KeyLife } from './pki/key-administration.ts';
export type { RotationMode } from './pki/rotate-keys.ts';
export type { ProxyRequest, ResponseSink } from './proxy/request.ts';
export type { AnswerLimits } from './proxy/response/limits.ts';
export type { BackupManifest } from './restore/backup.ts';
export { backUpDatabase, putBackupBack } from './restore/backup.ts';
export type { RestoreKeeps, RestoreOptions, RestoreReport } from './restore/restore-database.ts';
export { RESTORE_KEEPS, restoreDatabase } from './restore/restore-database.ts';
export type { RunServerOptions } from './run-server.ts';
export { runServer } from './run-server.ts';
export type { ClusterInstall, SallyportServer, ServerOptions } from './server.ts';
export { CA_FILE, createServer } from './server.ts';
export type { Snapshot, SnapshotSource } from './snapshot.ts';
export type { KeyFacts, KeyKind, KeyPhase, KeyPurpose, KeySetName, RewrapResult } from './stores/key-contracts.ts';
export { KEY_PURPOSES, kindOfKeys, organizationOfKeys } from './stores/key-contracts.ts';
export type { ClusterTunnels, TunnelWay } from './tunnels/cluster-tunnels.ts';
export type {
  ApiServerReport,
  RegisteredTunnel,
  TunnelHealth,
  TunnelRegistry,
  TunnelRegistryOptions,
} from './tunnels/registry.ts';
export { createTunnelRegistry } from './tunnels/registry.ts';
export { SERVER_VERSION } from './version.ts';
