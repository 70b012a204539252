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
export type { PkiErrorCode } from './errors.ts';
export { PkiError } from './errors.ts';
export type { ServerCertificateKeeper, ServerCertificateKeeperOptions } from './server-certificate-keeper.ts';
export { keepServerCertificate } from './server-certificate-keeper.ts';
export type { TrustRoots } from './trust-roots.ts';
export { loadTrustRoots } from './trust-roots.ts';
