/**
 * Certificates and keys of the server: separate trust roots for people, agents, credentials and capabilities, made at the
 * first start and kept encrypted in the store.
 *
 * Start with {@link loadTrustRoots}.
 *
 * @packageDocumentation
 */
export type { AgentCertificateAuthority, IssuedAgentCertificate } from './agent-authority.ts';
export { AGENT_CERTIFICATE_LIFETIME_MS, createAgentCertificateAuthority } from './agent-authority.ts';
export type { AgentIdentity } from './agent-identity.ts';
export { readAgentIdentity } from './agent-identity.ts';
export type { AuthorityUsage, CertificateAuthorityRecord, ServerCertificate } from './authority.ts';
export { createCertificateAuthority, issueServerCertificate } from './authority.ts';
export { parseCaBundle } from './ca-bundle.ts';
export type { CapabilityAuthority, CapabilityKeys } from './capability-authority.ts';
export { loadCapabilityAuthority } from './capability-authority.ts';
export type { CertificateKeeper, CertificateKeeperOptions } from './certificate-keeper.ts';
export { keepCertificate } from './certificate-keeper.ts';
export type { PkiErrorCode } from './errors.ts';
export { PkiError } from './errors.ts';
export type { KeyAdministration, KeyLife } from './key-administration.ts';
export { administerKeys } from './key-administration.ts';
export type { KeyPolicy, KeyStep } from './key-plan.ts';
export { planRotation } from './key-plan.ts';
export {
  KEY_LEASE_MS,
  KEY_POLICIES,
  KEY_POLL_MS,
  keyPolicies,
  MAX_KEPT_CREDENTIAL_LIFETIME_MS,
  MIN_ANNOUNCE_MS,
} from './key-policies.ts';
export type { KeyRotationOptions } from './key-rotation.ts';
export { startKeyRotation } from './key-rotation.ts';
export type { KeyWatch } from './key-watch.ts';
export { watchKeys } from './key-watch.ts';
export type { PeerCertificateOptions } from './peer-certificate.ts';
export {
  keepPeerCertificate,
  PEER_CERTIFICATE_LIFETIME_MS,
  peerServerName,
  readPeerReplica,
} from './peer-certificate.ts';
export type { KeyStore, KeyTransaction, RotationContext, RotationMode } from './rotate-keys.ts';
export { advanceKeys, listKeyLives, rotateKey } from './rotate-keys.ts';
export type { ServerCertificateKeeperOptions } from './server-certificate-keeper.ts';
export { keepServerCertificate } from './server-certificate-keeper.ts';
export type { AgentTrust, LiveAuthority, TrustRoots, TrustRootsBesideSigner } from './trust-roots.ts';
export { loadTrustRoots, loadTrustRootsBesideSigner, PURPOSES_BESIDE_SIGNER } from './trust-roots.ts';
export type { ClientCertificateVerifier, IssuedUserCertificate, UserCertificateAuthority } from './user-authority.ts';
