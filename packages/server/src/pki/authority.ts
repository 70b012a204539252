import { createPrivateKey, type webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import { Secret } from '@sallyport/core';
import { crypto, type Issuer, issueLeaf, issueRoot, KEY_ALGORITHM, notAfterOf } from './issue.ts';
import { ExtendedKeyUsage, PublicKey, X509Certificate } from './x509.ts';

/** A root as it is stored. */
export interface CertificateAuthorityRecord {
  readonly certificatePem: string;
  /** PKCS#8, PEM. */
  readonly privateKeyPem: Secret;
}

/** A key and the certificate over it, as TLS takes them. */
export interface ServerCertificate {
  readonly certificatePem: string;
  /** PKCS#8, PEM. */
  readonly privateKeyPem: Secret;
  readonly notAfter: Date;
}

/** What leaves an authority signs; `peerAuth` are servers that are clients of one another. */
export type AuthorityUsage = 'serverAuth' | 'clientAuth' | 'peerAuth';

const EXTENDED_KEY_USAGES: Readonly<Record<AuthorityUsage, readonly string[]>> = {
  serverAuth: [ExtendedKeyUsage.serverAuth],
  clientAuth: [ExtendedKeyUsage.clientAuth],
  peerAuth: [ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth],
};

const TEN_YEARS_MS = 10 * 365 * 24 * 60 * 60_000;
const SERVER_LIFETIME_MS = 90 * 24 * 60 * 60_000;

/** Makes a root: P-256, ten years, for leaves of one usage only and with no authority below it. */
export async function createCertificateAuthority(options: {
  readonly commonName: string;
  readonly usage: AuthorityUsage;
  readonly at: Date;
}): Promise<CertificateAuthorityRecord> {
  const { commonName, usage, at } = options;
  const keys = await crypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
  const content = { commonName, at, lifetimeMs: TEN_YEARS_MS, extendedKeyUsages: EXTENDED_KEY_USAGES[usage] };
  const certificate = await issueRoot(keys, content);
  return { certificatePem: toPem(certificate), privateKeyPem: await exportPrivateKey(keys.privateKey) };
}

/** Makes a key and a certificate over it for a TLS server that answers to `hostNames` (DNS names, wildcards, IP addresses). */
export async function issueServerCertificate(
  authority: CertificateAuthorityRecord,
  options: {
    readonly hostNames: readonly string[];
    readonly at: Date;
    /** Defaults to 90 days. */
    readonly lifetimeMs?: number;
  },
): Promise<ServerCertificate> {
  const { hostNames, at, lifetimeMs = SERVER_LIFETIME_MS } = options;
  const keys = await crypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
  const certificate = await issueLeaf(await loadIssuer(authority), await PublicKey.create(keys.publicKey, crypto), {
    commonName: 'Sallyport server',
    at,
    lifetimeMs,
    extendedKeyUsages: [ExtendedKeyUsage.serverAuth],
    names: hostNames.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
  });
  return {
    certificatePem: toPem(certificate),
    privateKeyPem: await exportPrivateKey(keys.privateKey),
    notAfter: notAfterOf({ at, lifetimeMs }),
  };
}

/** Makes a key and a certificate over it for a TLS client. */
export async function issueClientCertificate(
  authority: CertificateAuthorityRecord,
  options: { readonly commonName: string; readonly at: Date; readonly lifetimeMs: number },
): Promise<ServerCertificate> {
  const keys = await crypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
  const certificate = await issueLeaf(await loadIssuer(authority), await PublicKey.create(keys.publicKey, crypto), {
    ...options,
    extendedKeyUsages: [ExtendedKeyUsage.clientAuth],
  });
  return {
    certificatePem: toPem(certificate),
    privateKeyPem: await exportPrivateKey(keys.privateKey),
    notAfter: notAfterOf(options),
  };
}

/** Makes a key and a certificate over it for a server that other servers of its kind dial, and that dials them. */
export async function issuePeerCertificate(
  authority: CertificateAuthorityRecord,
  options: { readonly serverName: string; readonly uri: string; readonly at: Date; readonly lifetimeMs: number },
): Promise<ServerCertificate> {
  const { serverName, uri, at, lifetimeMs } = options;
  const keys = await crypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
  const certificate = await issueLeaf(await loadIssuer(authority), await PublicKey.create(keys.publicKey, crypto), {
    commonName: 'Sallyport replica',
    at,
    lifetimeMs,
    extendedKeyUsages: EXTENDED_KEY_USAGES.peerAuth,
    names: [
      { type: 'dns', value: serverName },
      { type: 'url', value: uri },
    ],
  });
  return {
    certificatePem: toPem(certificate),
    privateKeyPem: await exportPrivateKey(keys.privateKey),
    notAfter: notAfterOf({ at, lifetimeMs }),
  };
}

/** The certificates of several authorities, PEM. */
export function bundleOf(authorities: readonly CertificateAuthorityRecord[]): string {
  return authorities.map(({ certificatePem }) => certificatePem).join('');
}

/** Readies a stored root for signing. */
export async function loadIssuer({ certificatePem, privateKeyPem }: CertificateAuthorityRecord): Promise<Issuer> {
  const pkcs8 = createPrivateKey(privateKeyPem.reveal()).export({ type: 'pkcs8', format: 'der' });
  return {
    certificate: new X509Certificate(certificatePem),
    signingKey: await crypto.subtle.importKey('pkcs8', pkcs8, KEY_ALGORITHM, false, ['sign']),
  };
}

/** PEM with its line end, so that several make a bundle. */
export function toPem(certificate: X509Certificate): string {
  return `${certificate.toString('pem').trimEnd()}\n`;
}

async function exportPrivateKey(key: webcrypto.CryptoKey): Promise<Secret> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key));
  const pem = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ type: 'pkcs8', format: 'pem' });
  return new Secret(pem.toString());
}
