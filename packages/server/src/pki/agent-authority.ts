import { type Clock, type ClusterId, clusterSanUri } from '@sallyport/core';
import { bundleOf, type CertificateAuthorityRecord, loadIssuer, toPem } from './authority.ts';
import { verifyCertificateRequest } from './certificate-request.ts';
import { issueLeaf, notAfterOf } from './issue.ts';
import { ExtendedKeyUsage } from './x509.ts';

/** The authority of agents' certificates, and of nothing else. */
export interface AgentCertificateAuthority {
  /** Every root that agents' certificates may stem from, PEM. */
  readonly bundlePem: string;
  /**
   * Signs a certificate for an agent of `clusterId`. Of the request only its P-256 public key is used, once its signature
   * shows that the sender holds the private half; subject, names, usage and life are chosen here.
   * @throws PkiError `ERR_PKI_CSR_INVALID`
   */
  issueAgentCertificate(csrPem: string, clusterId: ClusterId): Promise<IssuedAgentCertificate>;
}

/** What an agent gets. */
export interface IssuedAgentCertificate {
  readonly certificatePem: string;
  /** Lower-case hex, 32 digits. */
  readonly serial: string;
  readonly notAfter: Date;
}

/** Life of an agent's certificate, in milliseconds: it is renewed at half of it. */
export const AGENT_CERTIFICATE_LIFETIME_MS = 24 * 60 * 60_000;

/** Puts roots to use: the first one signs, all are trusted. `roots` is asked each time, so that they may change. */
export function createAgentCertificateAuthority(
  roots: () => readonly [CertificateAuthorityRecord, ...CertificateAuthorityRecord[]],
  clock: Clock,
): AgentCertificateAuthority {
  return {
    get bundlePem() {
      return bundleOf(roots());
    },
    async issueAgentCertificate(csrPem, clusterId) {
      const request = await verifyCertificateRequest(csrPem);
      const content = {
        // With a space, so that no verifier takes it for a host name.
        commonName: `Sallyport agent of ${clusterId}`,
        at: new Date(clock.now()),
        lifetimeMs: AGENT_CERTIFICATE_LIFETIME_MS,
        extendedKeyUsages: [ExtendedKeyUsage.clientAuth],
        names: [{ type: 'url', value: clusterSanUri(clusterId) }],
      } as const;
      const certificate = await issueLeaf(await loadIssuer(roots()[0]), request.publicKey, content);
      return { certificatePem: toPem(certificate), serial: certificate.serialNumber, notAfter: notAfterOf(content) };
    },
  };
}
