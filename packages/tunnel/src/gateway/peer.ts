import { X509Certificate } from 'node:crypto';
import { TunnelError } from '../errors.ts';

/** Who is at the other end of a call: as TLS verified it, never as the peer tells it. */
export interface GatewayPeer {
  /** Address and port of the socket's other end. */
  readonly address: string;
  readonly port: number;
  readonly certificate: PeerCertificate;
}

/** The parts of a verified client certificate that an identity is made of. */
export interface PeerCertificate {
  /** DER. */
  readonly raw: Uint8Array;
  /** Hexadecimal, upper case. */
  readonly serialNumber: string;
  /** SHA-256 of the DER, hexadecimal, lower case. */
  readonly fingerprint: string;
  /** All URIs of the subject alternative name, in order. */
  readonly sanUris: readonly string[];
  readonly notBefore: Date;
  /** End of its life. The gateway refuses new calls after it; ending the tunnels that live is the caller's. */
  readonly notAfter: Date;
}

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/**
 * Checks what TLS leaves open and reads the certificate. TLS has verified chain, signature and dates when the connection
 * began; a CA certificate as leaf, a missing purpose, an intermediate in between and a life that ended since are left.
 * @throws TunnelError `ERR_TUNNEL_PEER_REFUSED`
 */
export function readPeerCertificate(
  raw: Uint8Array,
  authorities: readonly X509Certificate[],
  at: Date,
): PeerCertificate {
  const certificate = new X509Certificate(raw);
  if (certificate.ca) throw refused('the certificate is one of a CA, not of an agent');
  // Node names the extended purposes `keyUsage`.
  const purposes: readonly string[] | undefined = certificate.keyUsage;
  if (!purposes?.includes(CLIENT_AUTH)) throw refused('the certificate is not made for TLS clients');
  if (!authorities.some((authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey))) {
    throw refused('the certificate is not issued by the agent CA itself');
  }
  const notBefore = new Date(certificate.validFrom);
  const notAfter = new Date(certificate.validTo);
  if (at < notBefore)
    throw refused(`the certificate is valid from ${notBefore.toISOString()}, now is ${at.toISOString()}`);
  if (at > notAfter) throw refused(`the certificate ended at ${notAfter.toISOString()}, now is ${at.toISOString()}`);
  return {
    raw,
    serialNumber: certificate.serialNumber,
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    sanUris: parseSanUris(certificate.subjectAltName ?? ''),
    notBefore,
    notAfter,
  };
}

/**
 * URIs of Node's text form of a subject alternative name. An entry whose text could be mistaken for more than one is
 * written by Node as a JSON string, so commas inside quotes do not separate.
 */
export function parseSanUris(subjectAltName: string): readonly string[] {
  const uris: string[] = [];
  for (const [, type, quoted, plain] of subjectAltName.matchAll(/([^:,]+):(?:("(?:[^"\\]|\\.)*")|([^,]*))(?:, |$)/g)) {
    if (type === 'URI') uris.push(quoted === undefined ? (plain as string) : (JSON.parse(quoted) as string));
  }
  return uris;
}

function refused(message: string): TunnelError {
  return new TunnelError({ code: 'ERR_TUNNEL_PEER_REFUSED', message });
}
