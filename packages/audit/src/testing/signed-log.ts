import { generateKeyPairSync, sign } from 'node:crypto';
import {
  type BundleLine,
  createTreeHasher,
  formatCheckpoint,
  formatNote,
  formatNoteKey,
  leafHash,
  type NoteKey,
  noteKeyId,
  notePayload,
  SALT_BYTES,
} from '../proof/index.ts';

/** A key that signs checkpoints, as that of an installation does. */
export interface LogSigner extends NoteKey {
  /** Signs that a log has that many entries under that root; yields the signed note. */
  note(log: string, size: number, root: Uint8Array): string;
}

/** Makes a signer with a fresh key. */
export function createLogSigner(name = 'access.example.com/audit'): LogSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { x = '' } = publicKey.export({ format: 'jwk' });
  const key: NoteKey = { name, publicKey: new Uint8Array(Buffer.from(x, 'base64url')) };
  return {
    ...key,
    note(log, size, root) {
      const text = formatCheckpoint({ origin: `${name}/${log}`, size, root });
      const signature = new Uint8Array(sign(null, notePayload(text), privateKey));
      return formatNote({ text, signatures: [{ name, keyId: noteKeyId(key), signature }] });
    },
  };
}

/** An entry of a log: an event in its written form, its salt, and the leaf that both make. */
export interface SignedLogEntry {
  readonly event: Readonly<Record<string, unknown>>;
  readonly salt: Uint8Array;
  readonly leaf: Uint8Array;
}

/** The entry that an event makes at an index; the salt follows from the index. */
export function aLogEntry(index: number, event: Readonly<Record<string, unknown>>): SignedLogEntry {
  const salt = new Uint8Array(SALT_BYTES).fill(index % 251);
  return { salt, event, leaf: leafHash(salt, event) };
}

/** The bundle that an honest server exports of these entries: its tree, and a checkpoint after every so many and at the end. */
export function aSignedBundle(
  entries: readonly SignedLogEntry[],
  { log, signer, every = 250 }: { readonly log: string; readonly signer: LogSigner; readonly every?: number },
): BundleLine[] {
  const at = '2026-01-01T00:00:00.000Z';
  const tree = createTreeHasher();
  const lines = entries.flatMap(({ salt, event, leaf }, index): BundleLine[] => {
    tree.push(leaf);
    const entry: BundleLine = { type: 'entry', index, leaf: hex(leaf), salt: hex(salt), event };
    if (tree.size % every !== 0 && tree.size !== entries.length) return [entry];
    return [entry, { type: 'checkpoint', at, note: signer.note(log, tree.size, tree.root()) }];
  });
  const keys = [{ key: formatNoteKey(signer), signsFrom: '2023-01-01T00:00:00.000Z' }];
  const head = { type: 'header', format: 'sallyport-audit-log', version: 1, log, exportedAt: at, keys } as const;
  return [{ ...head, size: entries.length }, ...lines, { type: 'end', entries: entries.length }];
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
