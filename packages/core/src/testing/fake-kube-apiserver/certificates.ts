import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import {
  bitString,
  der,
  generalizedTime,
  octetString,
  oid,
  pem,
  sequence,
  set,
  TRUE,
  unsignedInteger,
  utf8,
} from './der.ts';

/** A certificate with its private key. */
export interface IssuedCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** A certificate authority for tests (ECDSA P-256, ten years). */
export interface TestCertificateAuthority {
  readonly certificatePem: string;
  /** A server certificate for host names and IP addresses. */
  issueServer(hosts: readonly string[]): IssuedCertificate;
  /** A client certificate: kube-apiserver reads the user from the common name and groups from the organizations. */
  issueClient(commonName: string, organizations?: readonly string[]): IssuedCertificate;
}

const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const YEAR_MS = 365 * 24 * 3_600_000;
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

interface Subject {
  readonly commonName: string;
  readonly organizations: readonly string[];
}

function distinguishedName({ commonName, organizations }: Subject): Buffer {
  const attribute = (type: string, value: string) => set(sequence(oid(type), utf8(value)));
  return sequence(...organizations.map((one) => attribute('2.5.4.10', one)), attribute('2.5.4.3', commonName));
}

function extension(id: string, critical: boolean, value: Uint8Array): Buffer {
  return sequence(oid(id), ...(critical ? [TRUE] : []), octetString(value));
}

function subjectAltName(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    isIP(host) === 4 ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host, 'ascii')),
  );
  return extension('2.5.29.17', false, sequence(...names));
}

interface Issue {
  readonly subject: Subject;
  readonly issuer: Subject;
  readonly publicKey: KeyObject;
  readonly signingKey: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly at: number;
}

function issue({ subject, issuer, publicKey, signingKey, extensions, at }: Issue): string {
  const body = sequence(
    der(0xa0, unsignedInteger(Buffer.from([2]))),
    unsignedInteger(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ECDSA_WITH_SHA256,
    distinguishedName(issuer),
    sequence(generalizedTime(at - 3_600_000), generalizedTime(at + 10 * YEAR_MS)),
    distinguishedName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  return pem('CERTIFICATE', sequence(body, ECDSA_WITH_SHA256, bitString(sign('sha256', body, signingKey))));
}

/** Creates a certificate authority whose certificates begin to be valid an hour before `at` (default: now). */
export function createTestCertificateAuthority(commonName: string, at: number = Date.now()): TestCertificateAuthority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject: Subject = { commonName, organizations: [] };
  const certificatePem = issue({
    subject,
    issuer: subject,
    publicKey: own.publicKey,
    signingKey: own.privateKey,
    at,
    extensions: [
      extension('2.5.29.19', true, sequence(TRUE)),
      // keyCertSign and cRLSign.
      extension('2.5.29.15', true, der(0x03, Buffer.from([1, 0x06]))),
    ],
  });

  function leaf(leafSubject: Subject, usage: string, more: readonly Buffer[]): IssuedCertificate {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return {
      certificatePem: issue({
        subject: leafSubject,
        issuer: subject,
        publicKey,
        signingKey: own.privateKey,
        at,
        extensions: [
          extension('2.5.29.15', true, der(0x03, Buffer.from([7, 0x80]))),
          extension('2.5.29.37', false, sequence(oid(usage))),
          ...more,
        ],
      }),
      keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  }

  return {
    certificatePem,
    issueServer: (hosts) =>
      leaf({ commonName: hosts[0] ?? 'server', organizations: [] }, SERVER_AUTH, [subjectAltName(hosts)]),
    issueClient: (name, organizations = []) => leaf({ commonName: name, organizations }, CLIENT_AUTH, []),
  };
}
