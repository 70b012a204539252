import { X509Certificate } from 'node:crypto';
import type { Clock, OrganizationId } from '@sallyport/core';
import type { KubeCredentialClaims, VerifiedCredential } from '@sallyport/core/credentials';
import type { StoredKey } from '../stores/key-contracts.ts';
import { loadIssuer, toPem } from './authority.ts';
import { verifyCertificateRequest } from './certificate-request.ts';
import { issueLeaf, notAfterOf } from './issue.ts';
import {
  assertAlive,
  parseCertificate,
  readUserCertificate,
  refusedCertificate,
  userCertificateNames,
} from './user-certificate.ts';
import { ExtendedKeyUsage } from './x509.ts';

/** Says which kube credential a client certificate is. */
export interface ClientCertificateVerifier {
  /**
   * Verifies the certificate of a connection that proved its key: that the organization which it names has signed it, its
   * usage and its life. At once when the same bytes (the object) were verified before and their authority is trusted still.
   * Whether session and principal are live is not checked.
   * @throws PkiError `ERR_PKI_CERTIFICATE_REFUSED`, `ERR_PKI_CERTIFICATE_EXPIRED`
   */
  verify(der: Uint8Array): VerifiedCredential;
}

/** The authorities of people's client certificates, one for each organization, and of nothing else. */
export interface UserCertificateAuthority extends ClientCertificateVerifier {
  /**
   * Signs a client certificate that is the kube credential of `claims`. Of the request only its P-256 public key is used, once
   * its signature shows that the sender holds the private half. It lives for `lifetimeMs`, and not beyond `notAfter`.
   * @throws PkiError `ERR_PKI_CSR_INVALID`; StoreError
   */
  issue(
    csrPem: string,
    claims: Required<KubeCredentialClaims>,
    lifetimeMs: number,
    notAfter?: Date,
  ): Promise<IssuedUserCertificate>;
}

/** A client certificate that was just signed. */
export interface IssuedUserCertificate {
  readonly certificatePem: string;
  /** Lower-case hex, 32 digits. */
  readonly serial: string;
  readonly notAfter: Date;
}

/** Keys of the authorities. */
export interface UserAuthorityKeys {
  /** Those that are trusted now; none while the organization has no authority. */
  trusted(organizationId: OrganizationId): readonly StoredKey[];
  /** The one that signs; the first one of an organization is made when it is asked for. */
  signing(organizationId: OrganizationId): Promise<StoredKey>;
}

/** Puts the keys of organizations' authorities to use. */
export function createUserCertificateAuthority(keys: UserAuthorityKeys, clock: Clock): UserCertificateAuthority {
  const verified = new WeakMap<Uint8Array, { readonly credential: VerifiedCredential; readonly keyId: string }>();
  const certificates = new WeakMap<StoredKey, X509Certificate>();

  function certificateOf(key: StoredKey): X509Certificate {
    const known = certificates.get(key) ?? new X509Certificate(key.certificatePem ?? '');
    certificates.set(key, known);
    return known;
  }

  return {
    async issue(csrPem, claims, askedMs, notAfter) {
      const request = await verifyCertificateRequest(csrPem);
      const { secret, certificatePem = '' } = await keys.signing(claims.organizationId);
      const now = clock.now();
      const content = {
        commonName: `Sallyport credential ${claims.credentialId}`,
        at: new Date(now),
        lifetimeMs: notAfter === undefined ? askedMs : Math.min(askedMs, notAfter.getTime() - now),
        extendedKeyUsages: [ExtendedKeyUsage.clientAuth],
        names: userCertificateNames(claims).map((value) => ({ type: 'url', value }) as const),
      };
      const issuer = await loadIssuer({ certificatePem, privateKeyPem: secret });
      const certificate = await issueLeaf(issuer, request.publicKey, content);
      return { certificatePem: toPem(certificate), serial: certificate.serialNumber, notAfter: notAfterOf(content) };
    },
    verify(der) {
      const at = new Date(clock.now());
      const known = verified.get(der);
      if (known !== undefined) {
        assertAlive(known.credential.expiresAt, at);
        const { organizationId } = known.credential;
        if (keys.trusted(organizationId).some(({ keyId }) => keyId === known.keyId)) return known.credential;
      }
      const parsed = parseCertificate(der);
      const credential = readUserCertificate(parsed, at);
      const signer = keys.trusted(credential.organizationId).find((key) => {
        const authority = certificateOf(key);
        return parsed.checkIssued(authority) && parsed.verify(authority.publicKey);
      });
      if (signer === undefined) throw refusedCertificate('was not signed by the organization that it names');
      verified.set(der, { credential, keyId: signer.keyId });
      return credential;
    },
  };
}
