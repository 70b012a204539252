import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { AuditError } from '../errors.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { PROOF_LIMITS } from './limits.ts';

const ED25519 = 0x01;
const KEY_ID_BYTES = 4;
const ED25519_KEY_BYTES = 32;
// Key names: no white space of any kind, no plus (it parts the fields of a verifier key).
const KEY_NAME = /^[^\s+]{1,255}$/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a note allows none of them but the line end
const CONTROL = /[\u0000-\u0009\u000b-\u001f]|\p{Surrogate}/u;
const encoder = new TextEncoder();

/** An Ed25519 public key under the name by which notes are signed. */
export interface NoteKey {
  /** For example `access.example.com/audit`. */
  readonly name: string;
  /** 32 bytes (RFC 8032). */
  readonly publicKey: Uint8Array;
}

/** One line under a note. */
export interface NoteSignature {
  readonly name: string;
  /** Eight hexadecimal digits; see {@link noteKeyId}. */
  readonly keyId: string;
  readonly signature: Uint8Array;
}

/** A text and who signed it; nothing is verified yet. */
export interface SignedNote {
  /** Ends with a line end. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Id of an Ed25519 key: the first 4 bytes of `SHA-256(name || 0x0A || 0x01 || public key)`, as 8 hexadecimal digits. */
export function noteKeyId({ name, publicKey }: NoteKey): string {
  const type = Uint8Array.of(0x0a, ED25519);
  return bytesToHex(sha256.create().update(encoder.encode(name)).update(type).update(publicKey).digest()).slice(
    0,
    2 * KEY_ID_BYTES,
  );
}

/** The bytes of a note that are signed: its text in UTF-8, with the last line end, without the blank line. */
export function notePayload(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Puts a note and its signatures into the form of C2SP signed-note. @throws AuditError `ERR_AUDIT_NOTE_MALFORMED` */
export function formatNote({ text, signatures }: SignedNote): string {
  const lines = signatures.map(({ name, keyId, signature }) => {
    const id = Uint8Array.from({ length: KEY_ID_BYTES }, (_, at) =>
      Number.parseInt(keyId.slice(2 * at, 2 * at + 2), 16),
    );
    return `— ${name} ${encodeBase64(Uint8Array.of(...id, ...signature))}\n`;
  });
  const note = `${text}\n${lines.join('')}`;
  parseNote(note);
  return note;
}

/**
 * Reads a signed note of C2SP signed-note. Verifies nothing: see {@link verifyNote}.
 * @throws AuditError `ERR_AUDIT_NOTE_MALFORMED`, also above the bounds of {@link PROOF_LIMITS}
 */
export function parseNote(note: string): SignedNote {
  if (note.length > PROOF_LIMITS.maxNoteCharacters) {
    throw malformed(`note has ${note.length} characters, limit is ${PROOF_LIMITS.maxNoteCharacters}`);
  }
  if (CONTROL.test(note)) throw malformed('note holds a control character');
  const blank = note.lastIndexOf('\n\n');
  if (blank < 1 || !note.endsWith('\n')) throw malformed('note has no signature lines after a blank line');
  const lines = note.slice(blank + 2, -1).split('\n');
  if (lines.length > PROOF_LIMITS.maxNoteSignatures) {
    throw malformed(`note has ${lines.length} signatures, limit is ${PROOF_LIMITS.maxNoteSignatures}`);
  }
  return { text: note.slice(0, blank + 1), signatures: lines.map(parseSignature) };
}

function parseSignature(line: string): NoteSignature {
  const [dash, name, base64, ...rest] = line.split(' ');
  const bytes = decodeBase64(base64 ?? '');
  const isWhole = dash === '—' && name !== undefined && KEY_NAME.test(name) && rest.length === 0;
  if (!isWhole || bytes === undefined || bytes.length <= KEY_ID_BYTES)
    throw malformed('note has a malformed signature line');
  return { name, keyId: bytesToHex(bytes.subarray(0, KEY_ID_BYTES)), signature: bytes.slice(KEY_ID_BYTES) };
}

/**
 * The first of the given keys that signed the note. Signatures by others are passed over; one by a known key that does not
 * verify spoils the whole note, as C2SP signed-note asks.
 */
export function verifyNote(note: SignedNote, keys: readonly NoteKey[]): NoteKey | undefined {
  const payload = notePayload(note.text);
  let signer: NoteKey | undefined;
  for (const { name, keyId, signature } of note.signatures) {
    const key = keys.find((one) => one.name === name && noteKeyId(one) === keyId);
    if (key === undefined) continue;
    if (!isSignedBy(payload, signature, key)) return undefined;
    signer ??= key;
  }
  return signer;
}

function isSignedBy(payload: Uint8Array, signature: Uint8Array, { publicKey }: NoteKey): boolean {
  try {
    // Strict RFC 8032, not ZIP 215: other verifiers of these notes accept no more than that.
    return ed25519.verify(signature, payload, publicKey, { zip215: false });
  } catch {
    // Thrown for a signature or key that has no valid encoding: not signed.
    return false;
  }
}

/** A key on one line, to hand to people and witnesses: `<name>+<id>+<base64(0x01 || public key)>`. */
export function formatNoteKey(key: NoteKey): string {
  return `${key.name}+${noteKeyId(key)}+${encodeBase64(Uint8Array.of(ED25519, ...key.publicKey))}`;
}

/** Reads what {@link formatNoteKey} wrote, Ed25519 keys only. @throws AuditError `ERR_AUDIT_NOTE_MALFORMED` */
export function parseNoteKey(text: string): NoteKey {
  const [name = '', keyId, ...rest] = text.split('+');
  // Base64 may hold a plus itself.
  const bytes = decodeBase64(rest.join('+'));
  if (!KEY_NAME.test(name) || bytes?.length !== 1 + ED25519_KEY_BYTES || bytes[0] !== ED25519) {
    throw malformed('text is not a verifier key: name+id+key, Ed25519');
  }
  const key = { name, publicKey: bytes.slice(1) };
  if (noteKeyId(key) !== keyId) throw malformed(`verifier key of ${name} does not have the id that it states`);
  return key;
}

function malformed(message: string): AuditError {
  return new AuditError({ code: 'ERR_AUDIT_NOTE_MALFORMED', message });
}
