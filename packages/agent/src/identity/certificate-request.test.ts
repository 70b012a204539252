import 'reflect-metadata';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { Pkcs10CertificateRequest } from '@peculiar/x509';
import { expect, it } from 'vitest';
import { createKeyAndRequest } from './certificate-request.ts';

it('makes a request that a certificate library reads and verifies, over a P-256 key', async () => {
  const { privateKeyPem, csrPem } = createKeyAndRequest();
  const request = new Pkcs10CertificateRequest(csrPem);
  expect(await request.verify()).toBe(true);
  expect(request.subject).toBe('CN=sallyport-agent');
  expect(request.publicKey.algorithm).toMatchObject({ name: 'ECDSA', namedCurve: 'P-256' });
  const own = createPublicKey(createPrivateKey(privateKeyPem)).export({ type: 'spki', format: 'der' });
  expect(Buffer.from(request.publicKey.rawData).equals(own)).toBe(true);
});

it('SEC-D17 asks for no name, extension or attribute, and keeps the key to itself', () => {
  const { privateKeyPem, csrPem } = createKeyAndRequest();
  const request = new Pkcs10CertificateRequest(csrPem);
  expect([request.attributes, request.extensions]).toEqual([[], []]);
  expect(csrPem).not.toContain(privateKeyPem.split('\n')[1]);
  expect(createKeyAndRequest().privateKeyPem).not.toBe(privateKeyPem);
});
