import { generateKeyPairSync, webcrypto, X509Certificate } from 'node:crypto';
import { createId } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AgentCertificateAuthority, createAgentCertificateAuthority } from './agent-authority.ts';
import { readAgentIdentity } from './agent-identity.ts';
import {
  type CertificateAuthorityRecord,
  createCertificateAuthority,
  issueServerCertificate,
  loadIssuer,
  toPem,
} from './authority.ts';
import { crypto, issueLeaf, KEY_ALGORITHM } from './issue.ts';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Pkcs10CertificateRequest,
  Pkcs10CertificateRequestGenerator,
  PublicKey,
  SubjectAlternativeNameExtension,
} from './x509.ts';

const clock = createFakeClock();
const now = new Date(clock.now());
const clusterA = createId('cluster');
const clusterB = createId('cluster');
let root: CertificateAuthorityRecord;
let authority: AgentCertificateAuthority;

beforeAll(async () => {
  root = await createCertificateAuthority({ commonName: 'Test agents', usage: 'clientAuth', at: now });
  authority = createAgentCertificateAuthority(() => [root], clock);
});

async function aRequest(
  algorithm: webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams = KEY_ALGORITHM,
): Promise<Pkcs10CertificateRequest> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  return Pkcs10CertificateRequestGenerator.create(
    {
      name: `CN=Sallyport agent of ${clusterB}, O=system:masters`,
      keys,
      signingAlgorithm: { hash: 'SHA-256', ...algorithm },
      extensions: [
        new BasicConstraintsExtension(true, 3, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension([
          { type: 'url', value: `sallyport://cluster/${clusterB}` },
          { type: 'dns', value: 'sallyport.example.com' },
        ]),
      ],
    },
    crypto,
  );
}

describe('the agent authority', () => {
  it('SEC-D17 takes nothing but the public key from a request', async () => {
    const request = await aRequest();
    const issued = await authority.issueAgentCertificate(request.toString('pem'), clusterA);
    const certificate = new X509Certificate(issued.certificatePem);
    expect({
      subject: certificate.subject,
      issuer: certificate.issuer,
      names: certificate.subjectAltName,
      usages: certificate.keyUsage,
      ca: certificate.ca,
      validFrom: new Date(certificate.validFrom),
      validTo: new Date(certificate.validTo),
      serial: certificate.serialNumber,
    }).toEqual({
      subject: `CN=Sallyport agent of ${clusterA}`,
      issuer: 'CN=Test agents',
      names: `URI:sallyport://cluster/${clusterA}`,
      usages: ['1.3.6.1.5.5.7.3.2'],
      ca: false,
      validFrom: new Date(now.getTime() - 5 * 60_000),
      validTo: new Date(now.getTime() + 24 * 60 * 60_000),
      serial: issued.serial.toUpperCase(),
    });
    expect(issued.notAfter).toEqual(new Date(certificate.validTo));
    expect(certificate.verify(new X509Certificate(root.certificatePem).publicKey)).toBe(true);
    const requested = Buffer.from(request.publicKey.rawData);
    expect(certificate.publicKey.export({ type: 'spki', format: 'der' }).equals(requested)).toBe(true);
  });

  it('never uses a serial number twice, and keeps it positive', async () => {
    const csrPem = (await aRequest()).toString('pem');
    const issued = await Promise.all(
      Array.from({ length: 50 }, () => authority.issueAgentCertificate(csrPem, clusterA)),
    );
    expect(new Set(issued.map(({ serial }) => serial)).size).toBe(50);
    for (const { serial } of issued) expect(serial).toMatch(/^[4-7][0-9a-f]{31}$/);
  });

  it('SEC-D17 refuses a request that another key signed', async () => {
    const request = await aRequest();
    const der = Buffer.from(request.rawData);
    const other = Buffer.from((await aRequest()).publicKey.rawData);
    const at = der.indexOf(Buffer.from(request.publicKey.rawData));
    other.copy(der, at);
    const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----`;
    await expect(authority.issueAgentCertificate(pem, clusterA)).rejects.toMatchObject({
      code: 'ERR_PKI_CSR_INVALID',
      message: 'the certificate request is not signed by the key that it holds',
    });
  });

  it('refuses keys other than P-256, with the name of the curve or algorithm', async () => {
    const rsa = {
      name: 'RSASSA-PKCS1-v1_5',
      hash: 'SHA-256',
      modulusLength: 2048,
      publicExponent: Uint8Array.of(1, 0, 1),
    };
    for (const [algorithm, what] of [
      [{ name: 'ECDSA', namedCurve: 'P-384' }, 'P-384'],
      [rsa, 'RSASSA-PKCS1-v1_5'],
    ] as const) {
      const csrPem = (await aRequest(algorithm)).toString('pem');
      await expect(authority.issueAgentCertificate(csrPem, clusterA)).rejects.toMatchObject({
        code: 'ERR_PKI_CSR_INVALID',
        message: `the certificate request has a key of ${what}, must be P-256`,
      });
    }
  });

  it('refuses what is no request, and one above the limit before it is parsed', async () => {
    for (const [pem, message] of [
      ['not a request', 'the certificate request is not PKCS#10 in PEM'],
      [root.certificatePem, 'the certificate request is not PKCS#10 in PEM'],
      ['x'.repeat(8_193), 'the certificate request is 8193 characters, limit is 8192'],
    ] as const) {
      await expect(authority.issueAgentCertificate(pem, clusterA)).rejects.toMatchObject({
        code: 'ERR_PKI_CSR_INVALID',
        message,
      });
    }
  });
});

describe('readAgentIdentity', () => {
  const issue = async () => authority.issueAgentCertificate((await aRequest()).toString('pem'), clusterA);
  const refusal = (message: RegExp) =>
    expect.objectContaining({ code: 'ERR_PKI_CERTIFICATE_REFUSED', message: expect.stringMatching(message) });

  it('reads cluster, serial and end', async () => {
    const issued = await issue();
    expect(readAgentIdentity(new X509Certificate(issued.certificatePem), now)).toEqual({
      clusterId: clusterA,
      serial: issued.serial,
      notAfter: issued.notAfter,
    });
  });

  it('SEC-D15 refuses a certificate before and after its life', async () => {
    const issued = await issue();
    const certificate = new X509Certificate(issued.certificatePem);
    const before = new Date(now.getTime() - 5 * 60_000 - 1);
    expect(() => readAgentIdentity(certificate, before)).toThrow(refusal(/is not valid before/));
    expect(() => readAgentIdentity(certificate, issued.notAfter)).toThrow(refusal(/expired on/));
    expect(() => readAgentIdentity(certificate, new Date(Number.NaN))).toThrow(refusal(/is not valid before/));
  });

  it('SEC-D15 refuses an authority, a server certificate and wrong names as agent', async () => {
    const front = await createCertificateAuthority({ commonName: 'Test front', usage: 'serverAuth', at: now });
    const server = await issueServerCertificate(front, { hostNames: ['localhost'], at: now });
    const issuer = await loadIssuer(root);
    const { publicKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const publicKey = new PublicKey(key.export({ type: 'spki', format: 'der' }));
    const named = async (...names: { type: 'url' | 'dns'; value: string }[]) => {
      const content = {
        commonName: 'a',
        at: now,
        lifetimeMs: 60_000,
        extendedKeyUsages: [ExtendedKeyUsage.clientAuth],
        names,
      };
      return toPem(await issueLeaf(issuer, publicKey, content));
    };
    const uri = `sallyport://cluster/${clusterA}`;
    for (const [pem, message] of [
      [root.certificatePem, /is that of an authority/],
      [server.certificatePem, /is not for TLS clients alone/],
      [await named(), /does not name a cluster/],
      [await named({ type: 'dns', value: uri }), /does not name a cluster/],
      [await named({ type: 'url', value: 'sallyport://cluster/clu_1' }), /does not name a cluster/],
      [await named({ type: 'url', value: uri }, { type: 'url', value: uri }), /does not name a cluster/],
      [await named({ type: 'url', value: `${uri}, URI:x` }), /does not name a cluster/],
    ] as const) {
      expect(() => readAgentIdentity(new X509Certificate(pem), now)).toThrow(refusal(message));
    }
    expect(() => readAgentIdentity({ raw: Buffer.from('no certificate') }, now)).toThrow(refusal(/can not be read/));
  });
});
