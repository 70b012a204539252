import { hexToBytes } from '@noble/hashes/utils.js';
import { AuditError } from '../errors.ts';
import { HASH_BYTES, SALT_BYTES } from './hash.ts';
import { PROOF_LIMITS } from './limits.ts';

/** A key as an installation publishes it. */
export interface PublishedKey {
  /** Verifier key: `name+id+base64`. */
  readonly key: string;
  readonly signsFrom: string;
  /** When another one signed in its place; absent of the one that signs, and of one that is announced. */
  readonly signsUntil?: string;
}

/** First line of a bundle. */
export interface BundleHeader {
  readonly type: 'header';
  readonly format: 'sallyport-audit-log';
  readonly version: 1;
  /** Organization id, or `installation`. */
  readonly log: string;
  /** Entries that follow: as many as the newest checkpoint covers. */
  readonly size: number;
  readonly exportedAt: string;
  readonly keys: readonly PublishedKey[];
}

/** One entry. What retention took away has its `leaf` alone. */
export interface BundleEntry {
  readonly type: 'entry';
  readonly index: number;
  /** Hash of the leaf as the tree holds it, hexadecimal. Absent where the tree lacks it. */
  readonly leaf?: string;
  /** Hexadecimal. */
  readonly salt?: string;
  /** As its written form reads back. */
  readonly event?: Readonly<Record<string, unknown>>;
}

/** A checkpoint; stands behind the last entry that it covers. */
export interface BundleCheckpoint {
  readonly type: 'checkpoint';
  readonly at: string;
  /** The signed note. */
  readonly note: string;
}

/** What the store holds of a recording; stands behind the entry of the event that closed it. */
export interface BundleRecording {
  readonly type: 'recording';
  readonly id: string;
  /** Head of the hash chain over the chunks as they lie in the store now. Absent where a chunk can't be found. */
  readonly headSha256?: string;
}

/** Last line: a bundle without it was cut off on its way. */
export interface BundleEnd {
  readonly type: 'end';
  readonly entries: number;
}

/** One line of a bundle: what it takes to verify a log without the server that wrote it. */
export type BundleLine = BundleHeader | BundleEntry | BundleCheckpoint | BundleRecording | BundleEnd;

/** Writes a line of a bundle, with its line end. */
export function formatBundleLine(line: BundleLine): string {
  return `${JSON.stringify(line)}\n`;
}

/** Reads a line of a bundle. @throws AuditError `ERR_AUDIT_BUNDLE_MALFORMED` */
export function parseBundleLine(text: string, lineNumber: number): BundleLine {
  if (text.length > PROOF_LIMITS.maxLineCharacters) {
    throw malformed(lineNumber, `has ${text.length} characters, limit is ${PROOF_LIMITS.maxLineCharacters}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw malformed(lineNumber, 'is not JSON', cause);
  }
  if (!isLine(value)) throw malformed(lineNumber, 'is no line of an audit log bundle');
  return value;
}

/** An error that names a line of a bundle. */
export function malformed(lineNumber: number, problem: string, cause?: unknown): AuditError {
  return new AuditError({ code: 'ERR_AUDIT_BUNDLE_MALFORMED', message: `line ${lineNumber} ${problem}`, cause });
}

/** Bytes of an entry's leaf or salt; undefined where it has none. */
export function bytesOf(hex: string | undefined): Uint8Array | undefined {
  return hex === undefined ? undefined : hexToBytes(hex);
}

function isLine(value: unknown): value is BundleLine {
  if (!isObject(value)) return false;
  switch (value['type']) {
    case 'entry': {
      const { index, leaf, salt, event } = value;
      return (
        isCount(index) &&
        isOptionalHex(leaf, HASH_BYTES) &&
        isOptionalHex(salt, SALT_BYTES) &&
        (event === undefined ? salt === undefined : isObject(event) && salt !== undefined)
      );
    }
    case 'checkpoint':
      return typeof value['note'] === 'string' && typeof value['at'] === 'string';
    case 'recording':
      return typeof value['id'] === 'string' && isOptionalHex(value['headSha256'], HASH_BYTES);
    case 'end':
      return isCount(value['entries']);
    case 'header': {
      const { format, version, log, size, exportedAt, keys } = value;
      const isKnown = format === 'sallyport-audit-log' && version === 1;
      const hasPlace = typeof log === 'string' && isCount(size) && typeof exportedAt === 'string';
      return isKnown && hasPlace && Array.isArray(keys) && keys.every(isPublishedKey);
    }
    default:
      return false;
  }
}

function isPublishedKey(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { key, signsFrom, signsUntil } = value;
  return (
    typeof key === 'string' &&
    typeof signsFrom === 'string' &&
    (signsUntil === undefined || typeof signsUntil === 'string')
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isOptionalHex(value: unknown, bytes: number): boolean {
  return value === undefined || (typeof value === 'string' && value.length === 2 * bytes && /^[0-9a-f]+$/.test(value));
}
