import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import {
  checkpointKeyName,
  formatCheckpoint,
  formatNote,
  type NoteKey,
  noteKeyId,
  notePayload,
} from '@sallyport/audit/proof';
import type { StoredKey } from '../stores/key-contracts.ts';

/** A checkpoint of one log, signed. */
export interface SignedCheckpoint {
  readonly log: string;
  readonly size: number;
  /** The checkpoint as a signed note (C2SP tlog-checkpoint). */
  readonly note: string;
  /** Who signed it; published for ever. */
  readonly key: NoteKey;
}

/** Signs what the logs of this installation are. */
export interface CheckpointSigner {
  /** Signs that `log` has `size` entries under `root` (32 bytes). @throws PkiError `ERR_PKI_NO_SIGNING_KEY` */
  sign(log: string, size: number, root: Uint8Array): SignedCheckpoint;
  /** The public key that signs, then what is announced and what still may be about, each with the time from which it signs. */
  keys(): readonly (NoteKey & { readonly signsFrom: Date })[];
}

/**
 * Makes the signer of an installation's checkpoints. Origins and key names carry the host of its public address, so that no two
 * installations sign in one name.
 */
export function createCheckpointSigner(options: {
  /** Origin of the server. */
  readonly publicUrl: string;
  /** Keys of the purpose `auditCheckpoint`, the signing one first. */
  readonly keys: () => readonly [StoredKey, ...StoredKey[]];
}): CheckpointSigner {
  const { publicUrl, keys } = options;
  const name = checkpointKeyName(new URL(publicUrl).host);
  const opened = new Map<string, OpenKey>();

  function open({ keyId, secret }: StoredKey): OpenKey {
    const known = opened.get(keyId);
    if (known !== undefined) return known;
    const privateKey = createPrivateKey(secret.reveal());
    const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
    const key = { privateKey, publicKey: new Uint8Array(Buffer.from(x, 'base64url')) };
    opened.set(keyId, key);
    return key;
  }

  return {
    sign(log, size, root) {
      const { privateKey, publicKey } = open(keys()[0]);
      const key = { name, publicKey };
      const text = formatCheckpoint({ origin: `${name}/${log}`, size, root });
      const signature = new Uint8Array(sign(null, notePayload(text), privateKey));
      return { log, size, key, note: formatNote({ text, signatures: [{ name, keyId: noteKeyId(key), signature }] }) };
    },
    keys: () => keys().map((key) => ({ name, publicKey: open(key).publicKey, signsFrom: key.signsFrom })),
  };
}

interface OpenKey {
  readonly privateKey: ReturnType<typeof createPrivateKey>;
  readonly publicKey: Uint8Array;
}
