import type { JWTPayload } from 'jose';
import { hasDuplicateKeys } from '../duplicate-keys.ts';
import { refusedToken } from './errors.ts';

/** A token of a foreign issuer, taken apart. Nothing of it is proven. */
export interface ForeignToken {
  readonly text: string;
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly claims: JWTPayload;
  /** What the signature covers. */
  readonly signedPart: string;
}

/** Longest token that is looked at, in characters. Tokens of CI systems and clusters stay below 4 KiB. */
export const MAX_WORKLOAD_TOKEN_CHARACTERS = 16_384;

/** Signatures by a key pair only: a shared secret can't tell the issuer from whoever verifies (RFC 8725, section 3.1). */
export const WORKLOAD_TOKEN_ALGORITHMS: readonly string[] = [
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
  'EdDSA',
  'Ed25519',
];

const MAX_KEY_ID_CHARACTERS = 255;
/** Header fields that bring a key along, or say where to fetch one. The key comes from the issuer or not at all. */
const KEY_FIELDS = ['jku', 'jwk', 'x5u', 'x5c'];

/**
 * Takes a compact JWS apart, and refuses what could be read in two ways or carries its own key: encrypted tokens, unsigned
 * ones, shared-secret algorithms, critical extensions, keys and key URLs in the header, JSON that states a name twice.
 * @throws MachineError `ERR_WORKLOAD_TOKEN_REFUSED`
 */
export function readForeignToken(text: string): ForeignToken {
  if (text.length > MAX_WORKLOAD_TOKEN_CHARACTERS) {
    throw refusedToken(`it is ${text.length} characters, limit is ${MAX_WORKLOAD_TOKEN_CHARACTERS}`);
  }
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)) throw refusedToken('it is not a signed JSON Web Token');
  const [headerPart, payloadPart] = text.split('.') as [string, string];
  const header = readPart(headerPart, 'header');
  const claims = readPart(payloadPart, 'payload');

  const { alg, kid, typ } = header;
  if (typeof alg !== 'string' || !WORKLOAD_TOKEN_ALGORITHMS.includes(alg)) {
    throw refusedToken('it is not signed by a key pair');
  }
  if (Object.hasOwn(header, 'crit')) throw refusedToken('it demands an extension ("crit")');
  const brought = KEY_FIELDS.find((field) => Object.hasOwn(header, field));
  if (brought !== undefined) throw refusedToken(`it brings its own key ("${brought}")`);
  if (typ !== undefined && (typeof typ !== 'string' || typ.toUpperCase() !== 'JWT')) {
    throw refusedToken('it is a token of another kind ("typ")');
  }
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > MAX_KEY_ID_CHARACTERS)) {
    throw refusedToken('its key id is not text');
  }
  return { text, algorithm: alg, keyId: kid, claims, signedPart: `${headerPart}.${payloadPart}` };
}

function readPart(part: string, name: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  const text = Buffer.from(part, 'base64url').toString('utf8');
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refusedToken(`its ${name} is not JSON`, error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refusedToken(`its ${name} is not a JSON object`);
  }
  if (hasDuplicateKeys(text)) throw refusedToken(`its ${name} states a name twice`);
  return value as Readonly<Record<string, unknown>>;
}
