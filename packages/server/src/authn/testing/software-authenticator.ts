import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** Flags of authenticator data (WebAuthn, section 6.1). */
const FLAG = { userPresent: 1, userVerified: 4, backupEligible: 8, backedUp: 16, attestedData: 64 } as const;

/** What a test lets its authenticator do wrong. */
export interface AuthenticatorLies {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  readonly isUserVerified?: boolean;
  readonly counter?: number;
  readonly userHandle?: string;
  /** Changes the signature. */
  readonly forge?: (signature: Buffer) => Buffer;
}

/** An authenticator in software, with one credential: what a browser and a security key answer together. */
export interface SoftwareAuthenticator {
  /** Answers `navigator.credentials.create`, as JSON. */
  create(options: object, lies?: AuthenticatorLies): object;
  /** Answers `navigator.credentials.get`, as JSON. */
  get(options: object, lies?: AuthenticatorLies): object;
}

/** Creates an authenticator that browses at `origin`. `isSynced`: its credential can leave the device. */
export function createSoftwareAuthenticator(origin: string, { isSynced = false } = {}): SoftwareAuthenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const id = randomBytes(32);
  let counter = 0;
  let userHandle = '';

  function authenticatorData(lies: AuthenticatorLies, flags: number, rest = Buffer.alloc(0)): Buffer {
    counter += 1;
    const count = Buffer.alloc(4);
    count.writeUInt32BE(lies.counter ?? (isSynced ? 0 : counter));
    const verified = (lies.isUserVerified ?? true) ? FLAG.userVerified : 0;
    const synced = isSynced ? FLAG.backupEligible | FLAG.backedUp : 0;
    return Buffer.concat([
      sha256(lies.rpId ?? new URL(origin).hostname),
      Buffer.from([FLAG.userPresent | verified | synced | flags]),
      count,
      rest,
    ]);
  }
  const clientData = (type: string, challenge: string, lies: AuthenticatorLies) =>
    Buffer.from(
      JSON.stringify({
        type: lies.type ?? type,
        challenge: lies.challenge ?? challenge,
        origin: lies.origin ?? origin,
        crossOrigin: false,
      }),
    );

  return {
    create(options, lies = {}) {
      const asked = options as { readonly challenge: string; readonly user: { readonly id: string } };
      userHandle = asked.user.id;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(id.length);
      const attested = Buffer.concat([Buffer.alloc(16), length, id, coseKey(publicKey)]);
      const authData = authenticatorData(lies, FLAG.attestedData, attested);
      return {
        id: id.toString('base64url'),
        rawId: id.toString('base64url'),
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: clientData('webauthn.create', asked.challenge, lies).toString('base64url'),
          attestationObject: cbor(
            new Map<string, unknown>([
              ['fmt', 'none'],
              ['attStmt', new Map()],
              ['authData', authData],
            ]),
          ).toString('base64url'),
          transports: ['internal'],
        },
      };
    },
    get(options, lies = {}) {
      const asked = options as { readonly challenge: string };
      const authData = authenticatorData(lies, 0);
      const data = clientData('webauthn.get', asked.challenge, lies);
      const signature = sign(
        'sha256',
        Buffer.concat([authData, createHash('sha256').update(data).digest()]),
        privateKey,
      );
      return {
        id: id.toString('base64url'),
        rawId: id.toString('base64url'),
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: data.toString('base64url'),
          authenticatorData: authData.toString('base64url'),
          signature: (lies.forge?.(signature) ?? signature).toString('base64url'),
          userHandle: lies.userHandle ?? userHandle,
        },
      };
    },
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** A P-256 key as COSE has it (RFC 9053, section 7.1.1). */
function coseKey(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return cbor(
    new Map<number, unknown>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x, 'base64url')],
      [-3, Buffer.from(y, 'base64url')],
    ]),
  );
}

/** The few types of CBOR (RFC 8949) that an authenticator writes. */
function cbor(value: unknown): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Map) {
    return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, each]) => [cbor(key), cbor(each)])]);
  }
  throw new TypeError('not a type that an authenticator writes');
}

function head(major: number, count: number): Buffer {
  if (count < 24) return Buffer.from([(major << 5) | count]);
  if (count < 256) return Buffer.from([(major << 5) | 24, count]);
  return Buffer.from([(major << 5) | 25, count >> 8, count & 255]);
}
