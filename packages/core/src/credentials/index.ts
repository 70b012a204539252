/**
 * Credentials that Sallyport mints: short-lived kube credentials (ES256 JWTs, one cluster each) and the capabilities that
 * an agent checks.
 *
 * @packageDocumentation
 */
export type {
  ActionClass,
  CapabilityClaims,
  KubeCredentialClaims,
  VerifiedCapability,
  VerifiedCredential,
} from './types.ts';
