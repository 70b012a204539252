import { X509Certificate } from 'node:crypto';
import { type IdKind, type IdOf, isId } from '@sallyport/core';
import type { KubeCredentialClaims, VerifiedCredential } from '@sallyport/core/credentials';
import { PkiError } from './errors.ts';

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const SAN_PREFIX = 'sallyport://kube/';

/**
 * The names of a client certificate: one URI for each id that a kube credential states, in this order. None of them is the
 * name of an agent.
 */
export function userCertificateNames(claims: Required<KubeCredentialClaims>): readonly string[] {
  const { organizationId, clusterId, principalId, loginSessionId, credentialId } = claims;
  return [organizationId, clusterId, principalId, loginSessionId, credentialId].map((id) => `${SAN_PREFIX}${id}`);
}

/**
 * Reads what a client certificate states, and that it is a leaf for TLS clients within its life. Who signed it is not
 * checked: whatever it states is a claim until then.
 * @throws PkiError `ERR_PKI_CERTIFICATE_REFUSED`, `ERR_PKI_CERTIFICATE_EXPIRED`
 */
export function readUserCertificate(parsed: X509Certificate, at: Date): VerifiedCredential {
  const issuedAt = new Date(parsed.validFrom);
  const expiresAt = new Date(parsed.validTo);
  // Written so that a date which can't be read refuses as well.
  if (!(issuedAt.getTime() <= at.getTime())) throw refusedCertificate(`is not valid before ${parsed.validFrom}`);
  assertAlive(expiresAt, at);
  if (parsed.ca) throw refusedCertificate('is that of an authority');
  const usages = parsed.keyUsage ?? [];
  if (usages.length !== 1 || usages[0] !== CLIENT_AUTH) throw refusedCertificate('is not for TLS clients alone');
  // Exactly these names: Node joins several with a comma, which no id holds.
  const names = (parsed.subjectAltName ?? '').split(', ');
  if (names.length !== 5) throw refusedCertificate('does not name one kube credential');
  const [organization, cluster, principal, session, credential] = names;
  return {
    organizationId: named('organization', organization),
    clusterId: named('cluster', cluster),
    principalId: named('principal', principal),
    loginSessionId: named('loginSession', session),
    credentialId: named('credential', credential),
    issuedAt,
    expiresAt,
  };
}

/**
 * Reads the bytes of a certificate.
 * @throws PkiError `ERR_PKI_CERTIFICATE_REFUSED`
 */
export function parseCertificate(der: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (cause) {
    throw refusedCertificate('can not be read', cause);
  }
}

/** @throws PkiError `ERR_PKI_CERTIFICATE_EXPIRED` */
export function assertAlive(expiresAt: Date, at: Date): void {
  if (at.getTime() < expiresAt.getTime()) return;
  throw new PkiError({
    code: 'ERR_PKI_CERTIFICATE_EXPIRED',
    message: `the client certificate expired on ${expiresAt.toISOString()}`,
  });
}

/** A refusal of a client certificate. */
export function refusedCertificate(problem: string, cause?: unknown): PkiError {
  return new PkiError({
    code: 'ERR_PKI_CERTIFICATE_REFUSED',
    message: `the client certificate ${problem}`,
    cause,
    nextStep: 'Get another one with: sallyport kube login --credential certificate',
  });
}

function named<Kind extends IdKind>(kind: Kind, name = ''): IdOf<Kind> {
  const prefix = `URI:${SAN_PREFIX}`;
  const id = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  if (isId(kind, id)) return id;
  throw refusedCertificate(`does not name a ${kind}`);
}
