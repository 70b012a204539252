/**
 * Credentials that Sallyport mints: short-lived kube credentials (ES256 JWTs, one cluster each) and the capabilities that
 * an agent checks.
 *
 * Start with {@link createSigningKeyRing}. A server holds a {@link createCredentialIssuer}, a
 * {@link createCredentialVerifier} and a {@link createCapabilitySigner} over two rings of their own (the capability key is
 * another trust root); an agent holds a {@link createCapabilityVerifier} over the pinned public keys. Both verifiers have a
 * synchronous `peek` for tokens that they saw before. Where the capability key is held by another process,
 * {@link reuseCapabilities} stands for {@link createCapabilitySigner}. What is left out: whether a session is still live, and what may be
 * done; that is decided per request.
 *
 * @packageDocumentation
 */
export type {
  CapabilityMintOptions,
  CapabilitySignerOptions,
  CapabilityVerifier,
  CapabilityVerifierOptions,
} from './capability.ts';
export {
  CAPABILITY_LIFETIME_MS,
  createCapabilityMint,
  createCapabilitySigner,
  createCapabilityVerifier,
} from './capability.ts';
export type { CapabilityPayload } from './capability-claims.ts';
export { formatCapabilityClaims, parseCapabilityClaims } from './capability-claims.ts';
export type {
  CapabilityKeySet,
  CapabilityTrust,
  LearnedCapabilityKeys,
  LearningOutcome,
} from './capability-trust.ts';
export { createCapabilityTrust, signCapabilityKeySet } from './capability-trust.ts';
export type { KeyAndRequest } from './certificate-request.ts';
export { createKeyAndRequest } from './certificate-request.ts';
export type {
  PublicSigningJwk,
  SigningJwks,
  SigningKeyRecord,
  SigningKeyRing,
  SigningKeyState,
  VerificationKeys,
} from './keys.ts';
export { createPinnedKeys, createSigningKeyRing, generateSigningKey, rotateSigningKeys } from './keys.ts';
export type {
  CredentialIssuer,
  CredentialIssuerOptions,
  CredentialVerifier,
  CredentialVerifierOptions,
  MintedCredential,
} from './kube-credential.ts';
export {
  createCredentialIssuer,
  createCredentialVerifier,
  kubeAudience,
  looksLikeKubeCredential,
} from './kube-credential.ts';
export type {
  CapabilitySigner,
  MintedCapability,
  ReuseCapabilitiesOptions,
  SignedCapability,
} from './reuse-capabilities.ts';
export { reuseCapabilities } from './reuse-capabilities.ts';
export type {
  ActionClass,
  CapabilityClaims,
  KubeCredentialClaims,
  VerifiedCapability,
  VerifiedCredential,
} from './types.ts';
