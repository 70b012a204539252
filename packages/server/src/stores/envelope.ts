import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { Secret } from '@sallyport/core';
import { StoreError } from './errors.ts';

/** Length of the encryption key, in bytes. */
export const ENCRYPTION_KEY_BYTES = 32;

const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts what must not be readable in a dump of the database. */
export interface Envelope {
  /** Encrypts `plaintext`. `context` (purpose and id) is bound in: a sealed text moved to another row does not open. */
  seal(plaintext: string, context: string): string;
  /** @throws StoreError `ERR_STORE_ENCRYPTION_KEY` when key, context or text is another one */
  open(sealed: string, context: string): Secret;
  /** A keyed hash for looking up what is a secret itself: equal texts give equal marks, and a mark gives nothing away. */
  mark(text: string, context: string): string;
}

/**
 * Creates the envelope of one 32-byte key. Each text is encrypted with AES-256-GCM under a key of its own, derived by HKDF
 * from the given one and a random salt, so that the number of texts per key has no practical limit. The form is
 * `v1.<key id>.<base64url of salt, nonce, ciphertext, tag>`.
 * @throws StoreError `ERR_STORE_ENCRYPTION_KEY` when the key is not 32 bytes
 */
export function createEnvelope(key: Secret<Buffer>): Envelope {
  const { length } = key.reveal();
  if (length !== ENCRYPTION_KEY_BYTES) {
    throw new StoreError({
      code: 'ERR_STORE_ENCRYPTION_KEY',
      message: `encryption key is ${length} bytes, must be ${ENCRYPTION_KEY_BYTES}`,
    });
  }
  const keyId = createHash('sha256').update('sallyport encryption key').update(key.reveal()).digest('hex').slice(0, 16);
  const derive = (salt: Buffer | string, info: string) =>
    Buffer.from(hkdfSync('sha256', key.reveal(), salt, info, ENCRYPTION_KEY_BYTES));
  const markKey = new Secret(derive('', 'sallyport lookup mark v1'));

  return {
    seal(plaintext, context) {
      const salt = randomBytes(SALT_BYTES);
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', derive(salt, 'sallyport envelope v1'), nonce);
      cipher.setAAD(Buffer.from(context));
      const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
      const body = Buffer.concat([salt, nonce, ciphertext, cipher.getAuthTag()]);
      return `v1.${keyId}.${body.toString('base64url')}`;
    },
    open(sealed, context) {
      const [version, sealedWith, text = ''] = sealed.split('.');
      const body = Buffer.from(text, 'base64url');
      if (version !== 'v1' || body.length < SALT_BYTES + NONCE_BYTES + TAG_BYTES) throw cannotOpen(context);
      if (sealedWith !== keyId) throw wrongKey(context, sealedWith ?? '', keyId);
      try {
        const key = derive(body.subarray(0, SALT_BYTES), 'sallyport envelope v1');
        const nonce = body.subarray(SALT_BYTES, SALT_BYTES + NONCE_BYTES);
        const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(context));
        decipher.setAuthTag(body.subarray(-TAG_BYTES));
        const ciphertext = body.subarray(SALT_BYTES + NONCE_BYTES, -TAG_BYTES);
        return new Secret(Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8'));
      } catch (cause) {
        throw cannotOpen(context, cause);
      }
    },
    mark: (text, context) => createHmac('sha256', markKey.reveal()).update(`${context}\0${text}`).digest('base64url'),
  };
}

function cannotOpen(context: string, cause?: unknown): StoreError {
  return new StoreError({
    code: 'ERR_STORE_ENCRYPTION_KEY',
    message: `the stored secret of ${context} was altered or belongs elsewhere`,
    cause,
  });
}

function wrongKey(context: string, sealedWith: string, keyId: string): StoreError {
  return new StoreError({
    code: 'ERR_STORE_ENCRYPTION_KEY',
    message: `the secret of ${context} was encrypted with key ${sealedWith.slice(0, 16)}, the configured one is ${keyId}`,
    nextStep: 'Start the server with the encryption key that this database was set up with.',
  });
}
