import { createPrivateKey, createPublicKey } from 'node:crypto';
import { createKeyAndRequest } from '@sallyport/core/credentials';
import { expect, it } from 'vitest';
import { verifyCertificateRequest } from './certificate-request.ts';
import { Pkcs10CertificateRequest } from './x509.ts';

it('takes the request that clients make, over a P-256 key', async () => {
  const { privateKeyPem, csrPem } = createKeyAndRequest('sallyport-agent');
  const request = new Pkcs10CertificateRequest(csrPem);
  await expect(verifyCertificateRequest(csrPem)).resolves.toBeDefined();
  expect(request.subject).toBe('CN=sallyport-agent');
  expect(request.publicKey.algorithm).toMatchObject({ name: 'ECDSA', namedCurve: 'P-256' });
  const own = createPublicKey(createPrivateKey(privateKeyPem.reveal())).export({ type: 'spki', format: 'der' });
  expect(Buffer.from(request.publicKey.rawData).equals(own)).toBe(true);
});

it('SEC-D17 asks for no name, extension or attribute, and keeps the key to itself', () => {
  const { privateKeyPem, csrPem } = createKeyAndRequest('sallyport-agent');
  const request = new Pkcs10CertificateRequest(csrPem);
  expect([request.attributes, request.extensions]).toEqual([[], []]);
  expect(csrPem).not.toContain(privateKeyPem.reveal().split('\n')[1]);
  expect(createKeyAndRequest('sallyport-agent').privateKeyPem.reveal()).not.toBe(privateKeyPem.reveal());
});
