import { AuditError } from '../errors.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { HASH_BYTES } from './hash.ts';
import { type NoteKey, parseNote, verifyNote } from './note.ts';

/** What a log was at one size: C2SP tlog-checkpoint. */
export interface Checkpoint {
  /** Which log of which installation: `<public host>/audit/<log>`. */
  readonly origin: string;
  /** Number of entries. */
  readonly size: number;
  /** Root of the tree over these entries, 32 bytes. */
  readonly root: Uint8Array;
}

/** A checkpoint and the key that signed it. */
export interface VerifiedCheckpoint extends Checkpoint {
  readonly key: NoteKey;
}

const ORIGIN = /^[^\s+]{1,512}$/u;
const SIZE = /^(?:0|[1-9][0-9]{0,15})$/;

/** Origin of one log's checkpoints: `host` is that of the installation's public address, with its port where it has one. */
export function checkpointOrigin(host: string, log: string): string {
  return `${host}/audit/${log}`;
}

/** Name under which the installation at `host` signs the checkpoints of all its logs. */
export function checkpointKeyName(host: string): string {
  return `${host}/audit`;
}

/** The text of a checkpoint, to be signed as a note. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${encodeBase64(root)}\n`;
}

/**
 * Reads the text of a checkpoint. Extension lines are refused: nothing that we write has any, and nobody would audit them.
 * @throws AuditError `ERR_AUDIT_NOTE_MALFORMED`
 */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', hash = '', end, ...more] = text.split('\n');
  const root = decodeBase64(hash);
  const isWhole = ORIGIN.test(origin) && SIZE.test(size) && end === '' && more.length === 0;
  if (!isWhole || root?.length !== HASH_BYTES || !Number.isSafeInteger(Number(size))) {
    throw new AuditError({
      code: 'ERR_AUDIT_NOTE_MALFORMED',
      message: 'note is not a checkpoint: origin, size and root hash, one line each',
    });
  }
  return { origin, size: Number(size), root };
}

/**
 * Reads a signed checkpoint; undefined when none of the keys signed it or a signature of one of them does not verify.
 * @throws AuditError `ERR_AUDIT_NOTE_MALFORMED`
 */
export function openCheckpoint(note: string, keys: readonly NoteKey[]): VerifiedCheckpoint | undefined {
  const signed = parseNote(note);
  const checkpoint = parseCheckpoint(signed.text);
  const key = verifyNote(signed, keys);
  return key === undefined ? undefined : { ...checkpoint, key };
}
