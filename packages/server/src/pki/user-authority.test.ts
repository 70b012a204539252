import { generateKeyPairSync, type webcrypto, X509Certificate } from 'node:crypto';
import { createId } from '@sallyport/core';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { type CertificateAuthorityRecord, issueClientCertificate, loadIssuer, toPem } from './authority.ts';
import { type CertificateContent, crypto, issueLeaf, issueRoot, KEY_ALGORITHM } from './issue.ts';
import { createMemoryUserAuthority, makeUserCa } from './testing/memory-user-authority.ts';
import { userCertificateNames } from './user-certificate.ts';
import { ExtendedKeyUsage, Pkcs10CertificateRequestGenerator, PublicKey } from './x509.ts';

const HOUR_MS = 3_600_000;
const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  crypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);

async function aRequest(options: { name?: string; extensions?: [] } = {}) {
  const keys = await newKeys();
  const request = await Pkcs10CertificateRequestGenerator.create(
    { name: options.name ?? 'CN=anybody', keys, signingAlgorithm: KEY_ALGORITHM },
    crypto,
  );
  return { keys, csr: request.toString('pem') };
}

function someClaims() {
  return {
    organizationId: createId('organization'),
    clusterId: createId('cluster'),
    principalId: createId('principal'),
    loginSessionId: createId('loginSession'),
    credentialId: createId('credential'),
  };
}

const der = (pem: string) => new X509Certificate(pem).raw;

describe('client certificates of people', () => {
  let clock: FakeClock;
  let subject: ReturnType<typeof createMemoryUserAuthority>;
  beforeEach(() => {
    clock = createFakeClock();
    subject = createMemoryUserAuthority(clock);
  });

  it('state the credential that they are, for TLS clients only, and are verified as it', async () => {
    const claims = someClaims();
    const { keys, csr } = await aRequest({ name: 'CN=system:masters, O=system:masters' });
    const { certificatePem, serial, notAfter } = await subject.authority.issue(csr, claims, HOUR_MS);
    const certificate = new X509Certificate(certificatePem);
    expect(certificate.subject).toBe(`CN=Sallyport credential ${claims.credentialId}`);
    expect(certificate.subjectAltName).toBe(
      userCertificateNames(claims)
        .map((name) => `URI:${name}`)
        .join(', '),
    );
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(certificate.serialNumber.toLowerCase()).toBe(serial);
    expect(notAfter).toEqual(new Date(Math.floor((clock.now() + HOUR_MS) / 1_000) * 1_000));
    const spki = Buffer.from(await crypto.subtle.exportKey('spki', keys.publicKey));
    expect(certificate.publicKey.export({ type: 'spki', format: 'der' })).toEqual(spki);

    const verified = subject.authority.verify(der(certificatePem));
    expect(verified).toEqual({ ...claims, issuedAt: expect.any(Date), expiresAt: notAfter });
  });

  it('end no later than they may, however long they should live', async () => {
    const { csr } = await aRequest();
    const end = new Date(clock.now() + 90_999);
    const { certificatePem, notAfter } = await subject.authority.issue(csr, someClaims(), HOUR_MS, end);
    expect(notAfter.getTime()).toBeLessThanOrEqual(end.getTime());
    expect(new Date(new X509Certificate(certificatePem).validTo)).toEqual(notAfter);
  });

  it('refuses a request that is none, is signed by another key or has a key of another kind', async () => {
    const issue = (csr: string) => subject.authority.issue(csr, someClaims(), HOUR_MS);
    await expect(issue('-----BEGIN CERTIFICATE REQUEST-----')).rejects.toMatchObject({ code: 'ERR_PKI_CSR_INVALID' });
    const { csr } = await aRequest();
    const bytes = Buffer.from(csr.replace(/-----[A-Z ]+-----/g, ''), 'base64');
    bytes[bytes.length - 4] = (bytes[bytes.length - 4] ?? 0) ^ 1;
    const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END CERTIFICATE REQUEST-----`;
    await expect(issue(forged)).rejects.toMatchObject({ code: 'ERR_PKI_CSR_INVALID' });
  });

  it('SEC-D15 are refused before and after their life, also when they were verified before', async () => {
    const { csr } = await aRequest();
    const { certificatePem } = await subject.authority.issue(csr, someClaims(), HOUR_MS);
    const raw = der(certificatePem);
    subject.authority.verify(raw);
    clock.advance(HOUR_MS);
    for (const bytes of [raw, Buffer.from(raw)]) {
      expect(() => subject.authority.verify(bytes)).toThrowError(
        expect.objectContaining({ code: 'ERR_PKI_CERTIFICATE_EXPIRED' }),
      );
    }
    const early = createMemoryUserAuthority(createFakeClock(new Date(clock.now() - 2 * HOUR_MS)));
    expect(() => early.authority.verify(Buffer.from(raw))).toThrowError(/is not valid before/);
  });

  it('SEC-D15 SEC-D27 are refused from any authority but the one of the organization that they name', async () => {
    const [ours, theirs] = [someClaims(), someClaims()];
    const { csr } = await aRequest();
    await subject.authority.issue(csr, ours, HOUR_MS);
    await subject.authority.issue(csr, theirs, HOUR_MS);
    const foreign = createMemoryUserAuthority(clock);
    // Another installation, another organization of this one (whose key is moved), and one that has no authority at all.
    const byAnother = await foreign.authority.issue(csr, ours, HOUR_MS);
    const theirKeys = subject.keys.get(theirs.organizationId);
    if (theirKeys === undefined) throw new Error('there are no keys');
    foreign.keys.set(ours.organizationId, theirKeys);
    const byNeighbour = await foreign.authority.issue(csr, ours, HOUR_MS);
    const ofNobody = await foreign.authority.issue(csr, someClaims(), HOUR_MS);
    for (const { certificatePem } of [byAnother, byNeighbour, ofNobody]) {
      expect(() => subject.authority.verify(der(certificatePem))).toThrowError(
        expect.objectContaining({ code: 'ERR_PKI_CERTIFICATE_REFUSED' }),
      );
    }
  });

  describe('of the right authority', () => {
    const claims = someClaims();
    let authority: CertificateAuthorityRecord;
    beforeEach(async () => {
      const key = await makeUserCa(claims.organizationId, new Date(clock.now()));
      subject.keys.set(claims.organizationId, [key]);
      authority = { certificatePem: key.certificatePem ?? '', privateKeyPem: key.secret };
    });
    const uris = (values: readonly string[]) => values.map((value) => ({ type: 'url', value }) as const);
    async function leaf(content: Partial<CertificateContent>): Promise<Buffer> {
      const { publicKey } = await newKeys();
      const certificate = await issueLeaf(await loadIssuer(authority), await PublicKey.create(publicKey, crypto), {
        commonName: 'x',
        at: new Date(clock.now()),
        lifetimeMs: HOUR_MS,
        extendedKeyUsages: [ExtendedKeyUsage.clientAuth],
        names: uris(userCertificateNames(claims)),
        ...content,
      });
      return der(toPem(certificate));
    }

    it('are taken in the form in which they are issued', async () => {
      expect(subject.authority.verify(await leaf({})).credentialId).toBe(claims.credentialId);
    });

    const names = userCertificateNames(claims);
    const wrong: readonly { readonly what: string; readonly content: Partial<CertificateContent> }[] = [
      { what: 'of servers', content: { extendedKeyUsages: [ExtendedKeyUsage.serverAuth] } },
      { what: 'without names', content: { names: [] } },
      { what: 'with a name too few', content: { names: uris(names.slice(0, 4)) } },
      { what: 'with a name too many', content: { names: uris([...names, names[0] ?? '']) } },
      { what: 'with names in another order', content: { names: uris([...names].reverse()) } },
      { what: 'of an agent', content: { names: uris([`sallyport://cluster/${claims.clusterId}`]) } },
      {
        what: 'with names of another kind',
        content: { names: names.map((_, i) => ({ type: 'dns' as const, value: `n${i}.example` })) },
      },
      {
        what: 'with one name that looks like several',
        content: { names: uris([names.map((name, i) => (i === 0 ? name : `URI:${name}`)).join(', ')]) },
      },
    ];
    for (const { what, content } of wrong) {
      it(`SEC-D15 are refused ${what}`, async () => {
        const bytes = await leaf(content);
        expect(() => subject.authority.verify(bytes)).toThrowError(
          expect.objectContaining({ code: 'ERR_PKI_CERTIFICATE_REFUSED' }),
        );
      });
    }

    it('SEC-D15 are refused when they are the authority’s own, or were signed with a leaf', async () => {
      expect(() => subject.authority.verify(der(authority.certificatePem))).toThrowError(/is that of an authority/);
      const inner = await issueClientCertificate(authority, {
        commonName: 'x',
        at: new Date(clock.now()),
        lifetimeMs: HOUR_MS,
      });
      const keys = await newKeys();
      const nested = await issueLeaf(await loadIssuer(inner), await PublicKey.create(keys.publicKey, crypto), {
        commonName: 'x',
        at: new Date(clock.now()),
        lifetimeMs: HOUR_MS,
        extendedKeyUsages: [ExtendedKeyUsage.clientAuth],
        names: uris(names),
      });
      expect(() => subject.authority.verify(der(toPem(nested)))).toThrowError(/was not signed by the organization/);
    });

    it('SEC-D15 are refused when somebody else’s root bears the name of the authority', async () => {
      const keys = await newKeys();
      const commonName = new X509Certificate(authority.certificatePem).subject.replace(/^CN=/, '');
      const at = new Date(clock.now());
      const usage = ExtendedKeyUsage.clientAuth;
      const root = await issueRoot(keys, { commonName, at, lifetimeMs: HOUR_MS, extendedKeyUsages: [usage] });
      const { publicKey } = await newKeys();
      const content = { commonName: 'x', at, lifetimeMs: HOUR_MS, extendedKeyUsages: [usage], names: uris(names) };
      const issuer = { certificate: root, signingKey: keys.privateKey };
      const forged = await issueLeaf(issuer, await PublicKey.create(publicKey, crypto), content);
      expect(() => subject.authority.verify(der(toPem(forged)))).toThrowError(/was not signed by the organization/);
    });
  });

  it('SEC-E19 are refused once their authority is trusted no more, caches warm', async () => {
    const claims = someClaims();
    const { csr } = await aRequest();
    const raw = der((await subject.authority.issue(csr, claims, HOUR_MS)).certificatePem);
    const [former] = subject.keys.get(claims.organizationId) ?? [];
    if (former === undefined) throw new Error('there is no key');
    const next = await makeUserCa(claims.organizationId, new Date(clock.now()));
    subject.keys.set(claims.organizationId, [next, former]);
    expect(subject.authority.verify(raw).credentialId).toBe(claims.credentialId);
    subject.keys.set(claims.organizationId, [next]);
    expect(() => subject.authority.verify(raw)).toThrowError(/was not signed by the organization/);
  });

  it('refuses bytes that are no certificate', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (const bytes of [Buffer.alloc(0), Buffer.from('x'), publicKey.export({ type: 'spki', format: 'der' })]) {
      expect(() => subject.authority.verify(bytes)).toThrowError(
        expect.objectContaining({ code: 'ERR_PKI_CERTIFICATE_REFUSED' }),
      );
    }
  });
});
