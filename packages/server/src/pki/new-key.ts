import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { Secret } from '@sallyport/core';
import { generateSigningKey } from '@sallyport/core/credentials';
import { type KeySetName, kindOfKeys, type StoredKey } from '../stores/key-contracts.ts';
import { type AuthorityUsage, createCertificateAuthority } from './authority.ts';

const COOKIE_KEY_BYTES = 32;

/** The parts of a key that are made, beside its place in the purpose's life. */
export type NewKey = Pick<StoredKey, 'purpose' | 'keyId' | 'secret' | 'certificatePem' | 'createdAt'>;

/** Makes a key of a set: a CA, a P-256 or Ed25519 signing key, or random bytes. */
export async function makeKey(purpose: KeySetName, createdAt: Date): Promise<NewKey> {
  switch (kindOfKeys(purpose)) {
    case 'frontTls':
      return { purpose, createdAt, ...(await newAuthority('Sallyport front', 'serverAuth', createdAt)) };
    case 'agentCa':
      return { purpose, createdAt, ...(await newAuthority('Sallyport agents', 'clientAuth', createdAt)) };
    case 'peerCa':
      return { purpose, createdAt, ...(await newAuthority('Sallyport replicas', 'peerAuth', createdAt)) };
    case 'userCa':
      return { purpose, createdAt, ...(await newAuthority('Sallyport users', 'clientAuth', createdAt)) };
    case 'cookie': {
      const secret = new Secret(randomBytes(COOKIE_KEY_BYTES).toString('base64url'));
      return { purpose, createdAt, keyId: randomKeyId(), secret };
    }
    case 'auditCheckpoint': {
      // Ed25519, as the open formats for checkpoints and their verifiers have it.
      const { privateKey } = generateKeyPairSync('ed25519');
      const secret = new Secret(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
      return { purpose, createdAt, keyId: randomKeyId(), secret };
    }
    case 'kubeCredential':
    case 'capability':
    case 'oauth': {
      const { keyId, privateKeyPem } = generateSigningKey();
      return { purpose, createdAt, keyId, secret: privateKeyPem };
    }
  }
}

async function newAuthority(commonName: string, usage: AuthorityUsage, at: Date) {
  const keyId = randomKeyId();
  // A name of its own for each, so that every TLS library finds the right one of two in a bundle.
  const authority = await createCertificateAuthority({ commonName: `${commonName} ${keyId}`, usage, at });
  return { keyId, secret: authority.privateKeyPem, certificatePem: authority.certificatePem };
}

function randomKeyId(): string {
  return randomBytes(8).toString('hex');
}
