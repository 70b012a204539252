import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { Secret } from '@sallyport/core';
import { StoreError } from './errors.ts';

/** Length of the encryption key, in bytes. */
export const ENCRYPTION_KEY_BYTES = 32;

const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts what must not be readable in a dump of the database. Sealed texts belong in `text` columns, where `rewrap` finds them. */
export interface Envelope {
  /** Encrypts `plaintext`. `context` (purpose and id) is bound in: a sealed text moved to another row does not open. */
  seal(plaintext: string, context: string): string;
  /** @throws StoreError `ERR_STORE_ENCRYPTION_KEY` when key, context or text is another one */
  open(sealed: string, context: string): Secret;
  /** A keyed hash for looking up what is a secret itself: equal texts give equal marks, and a mark gives nothing away. */
  mark(text: string, context: string): string;
  /** What texts that are sealed under the first key begin with. */
  readonly prefix: string;
  /**
   * The same text under the first key. Its context need not be known: only the key of the text is encrypted anew.
   * @throws StoreError `ERR_STORE_ENCRYPTION_KEY`
   */
  rewrap(sealed: string): string;
}

const PREVIEW_PARTS = 3;

/** What all sealed texts begin with, whatever their key. */
export const SEALED_PREFIX = 'v1.';

/**
 * Creates the envelope of 32-byte keys: the first one seals, all of them open. Each text is encrypted with AES-256-GCM under a
 * random key of its own, and that one under a key derived by HKDF from the given one and a random salt, so that the number
 * of texts per key has no practical limit. The form is
 * `v1.<key id>.<base64url of salt, nonce, text key, tag>.<base64url of nonce, ciphertext, tag>`.
 * Marks are made with `markKey`, which outlives the other keys; without one it is derived from the first key.
 * @throws StoreError `ERR_STORE_ENCRYPTION_KEY` when a key is not 32 bytes
 */
export function createEnvelope(
  given: Secret<Buffer> | readonly [Secret<Buffer>, ...Secret<Buffer>[]],
  markKey?: Secret<Buffer>,
): Envelope {
  const [first, ...others] = given instanceof Secret ? [given] : given;
  const current = toMasterKey(first);
  const keys = new Map([current, ...others.map(toMasterKey)].map((key) => [key.id, key]));
  const marking = markKey ?? new Secret(derive(first, '', 'sallyport lookup mark v1'));
  const prefix = `${SEALED_PREFIX}${current.id}.`;

  function wrap(textKey: Secret<Buffer>): string {
    const salt = randomBytes(SALT_BYTES);
    return `${prefix}${Buffer.concat([salt, encrypt(current.wrappingKey(salt), textKey.reveal(), '')]).toString('base64url')}`;
  }

  /** Splits a sealed text into its own key and its encrypted body. */
  function unwrap(sealed: string, what: string): { readonly textKey: Secret<Buffer>; readonly body: string } {
    const [version, keyId = '', wrapped = '', body, ...rest] = sealed.split('.');
    if (version === 'v1' && body === undefined) throw sealedByPreview(what);
    if (version !== 'v1' || body === undefined || rest.length > 0) throw cannotOpen(what);
    const key = keys.get(keyId);
    if (key === undefined) throw wrongKey(what, keyId, [...keys.keys()]);
    const bytes = Buffer.from(wrapped, 'base64url');
    const wrappingKey = key.wrappingKey(bytes.subarray(0, SALT_BYTES));
    return { textKey: new Secret(decrypt(wrappingKey, bytes.subarray(SALT_BYTES), '', what)), body };
  }

  /**
   * Texts of two parts after the version come from builds before the first release: they have no key of their own, and were
   * encrypted directly under the derived one.
   */
  function openPreview(sealed: string, context: string): Secret {
    const [, keyId = '', text = ''] = sealed.split('.');
    const key = keys.get(keyId);
    if (key === undefined) throw wrongKey(context, keyId, [...keys.keys()]);
    const bytes = Buffer.from(text, 'base64url');
    const textKey = key.wrappingKey(bytes.subarray(0, SALT_BYTES));
    return new Secret(decrypt(textKey, bytes.subarray(SALT_BYTES), context, context).toString('utf8'));
  }

  return {
    prefix,
    seal(plaintext, context) {
      const textKey = new Secret(randomBytes(ENCRYPTION_KEY_BYTES));
      return `${wrap(textKey)}.${encrypt(textKey.reveal(), Buffer.from(plaintext, 'utf8'), context).toString('base64url')}`;
    },
    open(sealed, context) {
      if (sealed.split('.').length === PREVIEW_PARTS) return openPreview(sealed, context);
      const { textKey, body } = unwrap(sealed, context);
      return new Secret(decrypt(textKey.reveal(), Buffer.from(body, 'base64url'), context, context).toString('utf8'));
    },
    rewrap(sealed) {
      const { textKey, body } = unwrap(sealed, 'a row');
      return `${wrap(textKey)}.${body}`;
    },
    mark: (text, context) => createHmac('sha256', marking.reveal()).update(`${context}\0${text}`).digest('base64url'),
  };
}

interface MasterKey {
  readonly id: string;
  wrappingKey(salt: Buffer): Buffer;
}

function toMasterKey(key: Secret<Buffer>): MasterKey {
  const { length } = key.reveal();
  if (length !== ENCRYPTION_KEY_BYTES) {
    throw new StoreError({
      code: 'ERR_STORE_ENCRYPTION_KEY',
      message: `encryption key is ${length} bytes, must be ${ENCRYPTION_KEY_BYTES}`,
    });
  }
  const id = createHash('sha256').update('sallyport encryption key').update(key.reveal()).digest('hex').slice(0, 16);
  return { id, wrappingKey: (salt) => derive(key, salt, 'sallyport envelope v1') };
}

function derive(key: Secret<Buffer>, salt: Buffer | string, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key.reveal(), salt, info, ENCRYPTION_KEY_BYTES));
}

/** Nonce, ciphertext and tag. */
function encrypt(key: Buffer, plaintext: Buffer, context: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, bytes: Buffer, context: string, what: string): Buffer {
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw cannotOpen(what);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch (cause) {
    throw cannotOpen(what, cause);
  }
}

function cannotOpen(context: string, cause?: unknown): StoreError {
  return new StoreError({
    code: 'ERR_STORE_ENCRYPTION_KEY',
    message: `the stored secret of ${context} was altered or belongs elsewhere`,
    cause,
  });
}

/** Such a text can be opened where its context is known, but not given another key without it. */
function sealedByPreview(context: string): StoreError {
  return new StoreError({
    code: 'ERR_STORE_ENCRYPTION_KEY',
    message: `the secret of ${context} was sealed by a build from before the first release and can't be encrypted anew as it is`,
    nextStep: 'Rotate all keys first (sallyport server keys rotate --all), and repeat this when the old ones are gone.',
  });
}

function wrongKey(context: string, sealedWith: string, keyIds: readonly string[]): StoreError {
  const configured = keyIds.length === 1 ? `the configured one is ${keyIds[0]}` : `configured are ${keyIds.join(', ')}`;
  return new StoreError({
    code: 'ERR_STORE_ENCRYPTION_KEY',
    message: `the secret of ${context} was encrypted with key ${sealedWith.slice(0, 16)}, ${configured}`,
    nextStep: 'Start the server with the encryption key that this database was set up with.',
  });
}
