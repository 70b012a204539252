import { allHeaders, type Cluster, isCodedError, type Principal, type RawHeaders } from '@sallyport/core';
import type { CredentialVerifier, VerifiedCredential } from '@sallyport/core/credentials';
import type { ClientCertificateVerifier } from '../pki/user-authority.ts';
import type { Snapshot } from '../snapshot.ts';
import type { LoginSession } from '../stores/contracts.ts';
import type { Refusal } from './refusal.ts';
import type { ClientCertificate } from './request.ts';

/** Who makes a request, as of one snapshot. */
export interface Authenticated {
  readonly principal: Principal;
  readonly session: LoginSession | undefined;
  readonly credential: VerifiedCredential;
  /** The one cluster that the credential is for. */
  readonly cluster: Cluster;
}

const CERTIFICATE_AGAIN = 'Run `sallyport kube login --credential certificate`, then try again.';
const SIGN_IN_AGAIN = 'Run `sallyport login`, then try again.';

/** The bearer token of a request: exactly one `Authorization: Bearer` line, or a refusal. */
export function readBearer(headers: RawHeaders): string | Refusal {
  const lines = allHeaders(headers, 'authorization');
  if (lines.length === 0) {
    return { code: 'ERR_PROXY_CREDENTIAL_MISSING', message: `this request carries no credential. ${SIGN_IN_AGAIN}` };
  }
  const [scheme, token, ...rest] = (lines[0] as string).split(' ');
  if (
    lines.length > 1 ||
    scheme?.toLowerCase() !== 'bearer' ||
    token === undefined ||
    token === '' ||
    rest.length > 0
  ) {
    return { code: 'ERR_PROXY_CREDENTIAL_REFUSED', message: 'the Authorization header is not one bearer token.' };
  }
  return token;
}

/** Verifies a token and looks its session, principal and cluster up live: a missing record is a revoked one. */
export async function authenticate(
  token: string,
  verifier: CredentialVerifier,
  snapshot: () => Snapshot,
  at: Date,
): Promise<Authenticated | Refusal> {
  let credential: VerifiedCredential;
  try {
    credential = verifier.peek(token) ?? (await verifier.verify(token));
  } catch (error) {
    if (!isCodedError(error)) throw error;
    const expired = error.code === 'ERR_CREDENTIAL_EXPIRED';
    return {
      code: 'ERR_PROXY_CREDENTIAL_REFUSED',
      message: `the credential ${expired ? 'has expired' : 'is not valid here'}. ${SIGN_IN_AGAIN}`,
    };
  }
  return lookUpLive(credential, snapshot(), at);
}

/**
 * Verifies the client certificate of a connection and looks up what it states live, as of a token. A token beside it is
 * refused: a request has one credential.
 */
export function authenticateCertificate(
  certificate: ClientCertificate,
  headers: RawHeaders,
  verifier: ClientCertificateVerifier | undefined,
  snapshot: Snapshot,
  at: Date,
): Authenticated | Refusal {
  if (allHeaders(headers, 'authorization').length > 0) {
    return {
      code: 'ERR_PROXY_CREDENTIAL_REFUSED',
      message: 'a token came over a connection that is for client certificates. Use one of the two.',
    };
  }
  if (certificate === 'absent' || verifier === undefined) {
    return {
      code: 'ERR_PROXY_CREDENTIAL_MISSING',
      message: `the connection shows no client certificate. ${CERTIFICATE_AGAIN}`,
    };
  }
  try {
    return lookUpLive(verifier.verify(certificate), snapshot, at);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    const expired = error.code === 'ERR_PKI_CERTIFICATE_EXPIRED';
    return {
      code: 'ERR_PROXY_CREDENTIAL_REFUSED',
      message: `the client certificate ${expired ? 'has expired' : 'is not valid here'}. ${CERTIFICATE_AGAIN}`,
    };
  }
}

/** The live records behind a verified credential. Also what keeps an open stream open. */
export function lookUpLive(credential: VerifiedCredential, snapshot: Snapshot, at: Date): Authenticated | Refusal {
  const principal = snapshot.principals.get(credential.principalId);
  const session =
    credential.loginSessionId === undefined ? undefined : snapshot.loginSessions.get(credential.loginSessionId);
  const sessionIsLive =
    credential.loginSessionId === undefined
      ? principal?.kind !== 'user'
      : session !== undefined && session.principalId === credential.principalId && session.expiresAt > at;
  if (principal === undefined || principal.organizationId !== credential.organizationId || !sessionIsLive) {
    return { code: 'ERR_PROXY_SESSION_ENDED', message: `the login session has ended. ${SIGN_IN_AGAIN}` };
  }
  if (snapshot.revokedCredentials.has(credential.credentialId)) {
    return { code: 'ERR_PROXY_SESSION_ENDED', message: `the credential was revoked. ${SIGN_IN_AGAIN}` };
  }
  const cluster = snapshot.clusters.get(credential.clusterId);
  if (cluster === undefined || cluster.organizationId !== principal.organizationId) {
    return {
      code: 'ERR_PROXY_CLUSTER_UNKNOWN',
      message: 'the cluster that this credential is for is not registered here.',
    };
  }
  return { principal, session, credential, cluster };
}
