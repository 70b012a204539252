import { randomBytes, webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  type PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from './x509.ts';

/** How every key of ours signs: ECDSA P-256 with SHA-256, which every kubectl and API server takes. */
export const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** How far back a certificate's life starts, in milliseconds, for peers whose clock is behind. */
const BACKDATED_MS = 5 * 60_000;
const SERIAL_BYTES = 16;

/** The platform's WebCrypto, handed to the X.509 library with each call instead of set for the whole process. */
export const crypto = webcrypto;

/** What is signed, beside key and issuer. */
export interface CertificateContent {
  readonly commonName: string;
  readonly at: Date;
  readonly lifetimeMs: number;
  /** Object identifiers of the extended key usages: one, but for who is server and client at once. */
  readonly extendedKeyUsages: readonly string[];
  /** Absent for a CA. */
  readonly names?: readonly { readonly type: 'dns' | 'ip' | 'url'; readonly value: string }[];
}

/** The authority that signs. */
export interface Issuer {
  readonly certificate: X509Certificate;
  readonly signingKey: webcrypto.CryptoKey;
}

/** Signs a leaf: CA:FALSE, digital signature only, with exactly the names that are given. */
export async function issueLeaf(
  issuer: Issuer,
  publicKey: PublicKey,
  content: CertificateContent,
): Promise<X509Certificate> {
  const { names = [] } = content;
  return X509CertificateGenerator.create(
    {
      ...commonFields(content),
      issuer: issuer.certificate.subject,
      publicKey,
      signingKey: issuer.signingKey,
      signingAlgorithm: KEY_ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([...content.extendedKeyUsages]),
        new SubjectAlternativeNameExtension(names.map(({ type, value }) => ({ type, value }))),
        await SubjectKeyIdentifierExtension.create(publicKey, false, crypto),
        await AuthorityKeyIdentifierExtension.create(issuer.certificate.publicKey, false, crypto),
      ],
    },
    crypto,
  );
}

/** Signs a root that may sign leaves of its usages, and no further authority. */
export async function issueRoot(keys: webcrypto.CryptoKeyPair, content: CertificateContent): Promise<X509Certificate> {
  return X509CertificateGenerator.createSelfSigned(
    {
      ...commonFields(content),
      name: `CN=${content.commonName}`,
      keys,
      signingAlgorithm: KEY_ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        new ExtendedKeyUsageExtension([...content.extendedKeyUsages]),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  );
}

/** When a certificate issued at `at` ends. Certificates count whole seconds. */
export function notAfterOf({ at, lifetimeMs }: Pick<CertificateContent, 'at' | 'lifetimeMs'>): Date {
  return new Date(Math.floor((at.getTime() + lifetimeMs) / 1_000) * 1_000);
}

function commonFields(content: CertificateContent) {
  return {
    serialNumber: randomSerial(),
    subject: `CN=${content.commonName}`,
    notBefore: new Date(content.at.getTime() - BACKDATED_MS),
    notAfter: notAfterOf(content),
  };
}

/** 126 random bits; the first byte is 0x40 to 0x7f, so the number is positive and always 32 hex digits long. */
function randomSerial(): string {
  const serial = randomBytes(SERIAL_BYTES);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial.toString('hex');
}
