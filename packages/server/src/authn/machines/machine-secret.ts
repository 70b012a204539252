import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Secret } from '@sallyport/core';

/** Kinds of long-lived secrets that machines present, by the prefix that tells scanners and people what they found. */
export const MACHINE_SECRET_PREFIXES = {
  /** API key of a service account. */
  apiKey: 'sak',
  /** Token that an identity provider presents to the SCIM endpoint. */
  scimToken: 'sct',
} as const;

/** Kinds of machine secrets. */
export type MachineSecretKind = keyof typeof MACHINE_SECRET_PREFIXES;

/** A secret that was just made. */
export interface MintedMachineSecret {
  /** To be shown once. */
  readonly secret: Secret;
  /** What is stored: see {@link hashMachineSecret}. */
  readonly sha256: string;
}

/** What a well-formed secret says about itself. It may still be unknown, revoked or expired. */
export interface ParsedMachineSecret {
  /** The id that it was minted under, without the prefix of its kind. */
  readonly keyId: string;
  readonly sha256: string;
}

const BASE62 = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'];
const SECRET_BYTES = 32;
// 62^43 > 2^256 and 62^6 > 2^32: every value has the same length.
const SECRET_CHARACTERS = 43;
const CHECKSUM_CHARACTERS = 6;
const SHAPE = /^([a-z]{3})_([0-9a-hjkmnp-tv-z]{26})_([0-9A-Za-z]{49})$/;
/** Characters of a whole secret: `<3>_<26>_<43 + 6>`. Anything else is refused by its length alone. */
export const MACHINE_SECRET_CHARACTERS = 80;

/**
 * Mints a secret of the form `<prefix>_<key id>_<43 characters of 256 random bits><6 characters of CRC-32>`. The key id is
 * the body of a record's id; it names the record in lists and logs. The checksum lets a typing error or a scanner's false
 * find be told without asking the server; it protects nothing.
 */
export function mintMachineSecret(kind: MachineSecretKind, keyId: string): MintedMachineSecret {
  const random = toBase62(BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`), SECRET_CHARACTERS);
  const body = `${MACHINE_SECRET_PREFIXES[kind]}_${keyId}_${random}`;
  const text = `${body}${checksum(body)}`;
  return { secret: new Secret(text), sha256: hashMachineSecret(text) };
}

/** Reads a secret of `kind`; `undefined` when the text is none, or was mistyped. Costs no hash unless the checksum holds. */
export function parseMachineSecret(kind: MachineSecretKind, text: string): ParsedMachineSecret | undefined {
  if (text.length !== MACHINE_SECRET_CHARACTERS) return undefined;
  const [, prefix, keyId] = SHAPE.exec(text) ?? [];
  if (prefix !== MACHINE_SECRET_PREFIXES[kind] || keyId === undefined) return undefined;
  const body = text.slice(0, -CHECKSUM_CHARACTERS);
  if (text.slice(-CHECKSUM_CHARACTERS) !== checksum(body)) return undefined;
  return { keyId, sha256: hashMachineSecret(text) };
}

/** SHA-256 of a secret, lower-case hex. A slow hash would add nothing: there are 256 random bits to guess. */
export function hashMachineSecret(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Whether two hashes are equal, in a time that does not tell where they differ. */
export function isSameHash(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a, 'hex'), Buffer.from(b, 'hex')];
  return left.length === right.length && left.length > 0 && timingSafeEqual(left, right);
}

function checksum(body: string): string {
  return toBase62(BigInt(crc32(body)), CHECKSUM_CHARACTERS);
}

function toBase62(value: bigint, width: number): string {
  let text = '';
  for (let rest = value; text.length < width; rest /= 62n) text = (BASE62[Number(rest % 62n)] as string) + text;
  return text;
}
