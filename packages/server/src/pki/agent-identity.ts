import { X509Certificate } from 'node:crypto';
import { type ClusterId, clusterSanUri, isId } from '@sallyport/core';
import { PkiError } from './errors.ts';

/** What an agent's certificate says. */
export interface AgentIdentity {
  readonly clusterId: ClusterId;
  /** Lower-case hex. */
  readonly serial: string;
  readonly notAfter: Date;
}

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const SAN_PREFIX = `URI:${clusterSanUri('' as ClusterId)}`;

/**
 * Reads who an agent is out of the certificate that its TLS handshake proved. The chain was checked there; here it is the
 * life, that it is a leaf for clients, and that its one name is that of a cluster. Whether it is revoked the snapshot knows.
 * @throws PkiError `ERR_PKI_CERTIFICATE_REFUSED`
 */
export function readAgentIdentity(certificate: { readonly raw: Uint8Array }, at: Date): AgentIdentity {
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(certificate.raw);
  } catch (cause) {
    throw refused('can not be read', cause);
  }
  const notBefore = new Date(parsed.validFrom);
  const notAfter = new Date(parsed.validTo);
  // Written so that a date which can't be read refuses as well.
  if (!(notBefore.getTime() <= at.getTime())) throw refused(`is not valid before ${parsed.validFrom}`);
  if (!(at.getTime() < notAfter.getTime())) throw refused(`expired on ${parsed.validTo}`);
  if (parsed.ca) throw refused('is that of an authority');
  const usages = parsed.keyUsage ?? [];
  if (usages.length !== 1 || usages[0] !== CLIENT_AUTH) throw refused('is not for TLS clients alone');
  // Exactly one name: Node joins several with a comma, which no cluster id holds.
  const names = parsed.subjectAltName ?? '';
  const clusterId = names.startsWith(SAN_PREFIX) ? names.slice(SAN_PREFIX.length) : '';
  if (!isId('cluster', clusterId)) throw refused('does not name a cluster');
  return { clusterId, serial: parsed.serialNumber.toLowerCase(), notAfter };
}

function refused(problem: string, cause?: unknown): PkiError {
  return new PkiError({
    code: 'ERR_PKI_CERTIFICATE_REFUSED',
    message: `the agent certificate ${problem}`,
    cause,
    nextStep: 'Renew the agent certificate, or enrol the agent again with a new join token.',
  });
}
