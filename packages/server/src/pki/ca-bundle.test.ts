import { beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority, issueServerCertificate } from './authority.ts';
import { parseCaBundle } from './ca-bundle.ts';

const at = new Date();
let root: string;
let leaf: string;
let key: string;

beforeAll(async () => {
  const authority = await createCertificateAuthority({ commonName: 'Test', usage: 'serverAuth', at });
  const server = await issueServerCertificate(authority, { hostNames: ['localhost'], at });
  root = authority.certificatePem;
  leaf = server.certificatePem;
  key = server.privateKeyPem.reveal();
});

describe('parseCaBundle', () => {
  it('splits a bundle, comments and all', () => {
    expect(parseCaBundle(`# our root\n${root}\n\n# the same again\n${root}`, 'ca.pem')).toEqual([root, root]);
  });

  it('SEC-D13 refuses a bundle with anything else in it, naming the block', () => {
    const cut = root.slice(0, root.indexOf('-----END'));
    for (const [bundle, message] of [
      ['', 'ca.pem holds no certificate'],
      ['just text', 'ca.pem holds no certificate'],
      [`${root}${key}`, 'block 2 of ca.pem is "PRIVATE KEY", not a certificate'],
      [`${root}${root}${leaf}`, 'block 3 of ca.pem is not the certificate of an authority'],
      [`${root}${cut}`, 'block 2 of ca.pem is cut short'],
      [
        `${root}-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n`,
        'block 2 of ca.pem is no readable certificate',
      ],
      [root.replace('M', '!'), 'block 1 of ca.pem is no readable certificate'],
      [root.replace('END CERTIFICATE', 'END CERT'), 'block 1 of ca.pem is "CERTIFICATE", not a certificate'],
    ] as const) {
      expect(() => parseCaBundle(bundle, 'ca.pem'), message).toThrow(
        expect.objectContaining({ code: 'ERR_PKI_CA_BUNDLE', message }),
      );
    }
  });
});
