import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { Secret } from '../secret.ts';

/** A key that never leaves whoever made it, and the request for a certificate over it. */
export interface KeyAndRequest {
  /** PKCS#8, PEM. */
  readonly privateKeyPem: Secret;
  /** PKCS#10, PEM. */
  readonly csrPem: string;
}

/** Makes a P-256 key and signs a certificate request with it, for the subject `CN=<commonName>`. */
export function createKeyAndRequest(commonName: string): KeyAndRequest {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    privateKeyPem: new Secret(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
    csrPem: createCertificateRequest(privateKey, commonName),
  };
}

/**
 * Signs a PKCS#10 request (RFC 2986) for the key, with a common name and no attributes: the server chooses everything in the
 * certificate and takes only the public key. Written out here because a certificate library would cost the agent more
 * memory than the rest of it, and the command line its start.
 */
function createCertificateRequest(privateKey: KeyObject, name: string): string {
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const commonName = der(SEQUENCE, oid(COMMON_NAME), der(UTF8_STRING, Buffer.from(name)));
  const info = der(
    SEQUENCE,
    der(INTEGER, Buffer.of(0)),
    der(SEQUENCE, der(SET, commonName)),
    publicKey,
    der(CONTEXT_0, Buffer.alloc(0)),
  );
  const signature = sign('sha256', info, privateKey);
  const request = der(SEQUENCE, info, der(SEQUENCE, oid(ECDSA_WITH_SHA256)), der(BIT_STRING, Buffer.of(0), signature));
  const lines = request.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines}\n-----END CERTIFICATE REQUEST-----\n`;
}

// Tags of X.690.
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const SEQUENCE = 0x30;
const SET = 0x31;
const CONTEXT_0 = 0xa0;

/** 2.5.4.3 */
const COMMON_NAME = Buffer.from('550403', 'hex');
/** 1.2.840.10045.4.3.2 */
const ECDSA_WITH_SHA256 = Buffer.from('2a8648ce3d040302', 'hex');

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length = body.length < 0x80 ? Buffer.of(body.length) : longLength(body.length);
  return Buffer.concat([Buffer.of(tag), length, body]);
}

function longLength(length: number): Buffer {
  return length < 0x100 ? Buffer.of(0x81, length) : Buffer.of(0x82, length >> 8, length & 0xff);
}

function oid(encoded: Buffer): Buffer {
  return der(OBJECT_IDENTIFIER, encoded);
}
