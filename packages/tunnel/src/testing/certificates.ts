import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** What a certificate for a test says. Every field may be wrong on purpose. */
export interface TestCertificateOptions {
  readonly commonName: string;
  /** Who signs it. Default: itself. */
  readonly issuer?: TestCertificate;
  readonly isCa?: boolean;
  /** Extended key usages. Default: none at all. */
  readonly usages?: readonly ('clientAuth' | 'serverAuth')[];
  readonly dnsNames?: readonly string[];
  readonly uris?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** A certificate with its key, PEM. */
export interface TestCertificate {
  readonly commonName: string;
  readonly certPem: string;
  readonly keyPem: string;
}

const DAY_MS = 86_400_000;

/** Makes a P-256 certificate (RFC 5280), good or deliberately bad, for tests of TLS links. Never for anything else. */
export function createTestCertificate(options: TestCertificateOptions): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuerKey = options.issuer === undefined ? privateKey : createPrivateKey(options.issuer.keyPem);
  const at = Date.now();
  const body = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([0x4d]), randomBytes(15)])),
    ECDSA_WITH_SHA256,
    name(options.issuer?.commonName ?? options.commonName),
    sequence(time(options.notBefore ?? new Date(at - DAY_MS)), time(options.notAfter ?? new Date(at + DAY_MS))),
    name(options.commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...extensions(options))),
  );
  const certificate = sequence(body, ECDSA_WITH_SHA256, bitString(signed(body, issuerKey)));
  return {
    commonName: options.commonName,
    certPem: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`,
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function extensions({ isCa = false, usages = [], dnsNames = [], uris = [] }: TestCertificateOptions): Buffer[] {
  const list = [extension('551d13', sequence(...(isCa ? [der(0x01, Buffer.from([0xff]))] : [])), true)];
  if (usages.length > 0) {
    const purposes = usages.map((usage) => oid(usage === 'serverAuth' ? '2b06010505070301' : '2b06010505070302'));
    list.push(extension('551d25', sequence(...purposes), false));
  }
  const names = [
    ...dnsNames.map((text) => der(0x82, Buffer.from(text))),
    ...uris.map((text) => der(0x86, Buffer.from(text))),
  ];
  if (names.length > 0) list.push(extension('551d11', sequence(...names), false));
  return list;
}

function extension(id: string, value: Buffer, isCritical: boolean): Buffer {
  const critical = isCritical ? [der(0x01, Buffer.from([0xff]))] : [];
  return sequence(oid(id), ...critical, der(0x04, value));
}

function signed(body: Buffer, key: KeyObject): Buffer {
  return sign('sha256', body, key);
}

function name(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(commonName)))));
}

function time(date: Date): Buffer {
  return der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));
}

function integer(value: Buffer): Buffer {
  return der(0x02, value);
}

function bitString(value: Buffer): Buffer {
  return der(0x03, Buffer.concat([Buffer.from([0]), value]));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function tagged(tag: number, value: Buffer): Buffer {
  return der(0xa0 | tag, value);
}

function sequence(...items: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(items));
}

function der(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >>> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
}

/** ecdsa-with-SHA256, RFC 5758. */
const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));
