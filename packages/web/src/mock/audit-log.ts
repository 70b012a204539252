import {
  appendLeaves,
  createTileSet,
  formatCheckpoint,
  formatNote,
  formatNoteKey,
  inclusionProof,
  leafHash,
  noteKeyId,
  notePayload,
  SALT_BYTES,
  treeRoot,
} from '@sallyport/audit/proof';
import { type AuditEventResource, auditEventSchema, type OperationOutput } from '@sallyport/core/api';
import { z } from 'zod';
import { notFound } from './handlers.ts';

const NAME = 'sallyport.example.com/audit';

/** A log that can be proved: what the server would answer of it. */
export interface MockLog {
  readonly keys: OperationOutput<'listAuditKeys'>;
  prove(id: string): OperationOutput<'proveAuditEvent'>;
}

/** Signs a log of these events, with a key of its own. */
export async function createMockLog(log: string, events: readonly AuditEventResource[]): Promise<MockLog> {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new TypeError('Ed25519 keys come in pairs');
  const { privateKey, publicKey } = pair;
  const key = { name: NAME, publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)) };
  const entries = events
    .toSorted((a, b) => a.at.getTime() - b.at.getTime())
    .map((event, index) => {
      // As it stands in the log: what is JSON, and nothing that is not.
      const written = JSON.parse(JSON.stringify(z.encode(auditEventSchema, event))) as Record<string, unknown>;
      const salt = new Uint8Array(SALT_BYTES).fill(index % 251);
      return { written, salt, leaf: leafHash(salt, written) };
    });
  const size = entries.length;
  const { tiles } = appendLeaves({ size: 0, tiles: createTileSet([]), leaves: entries.map(({ leaf }) => leaf) });
  const tree = createTileSet(tiles);
  const root = treeRoot(size, tree);
  const text = formatCheckpoint({ origin: `${NAME}/${log}`, size, root });
  const payload = new Uint8Array(notePayload(text));
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, payload));
  const checkpoint = formatNote({ text, signatures: [{ name: NAME, keyId: noteKeyId(key), signature }] });
  return {
    keys: { items: [{ key: formatNoteKey(key), name: NAME, keyId: noteKeyId(key), signsFrom: new Date(0) }] },
    prove(id) {
      const index = entries.findIndex(({ written }) => written['id'] === id);
      const entry = entries[index];
      if (entry === undefined) throw notFound('audit event');
      return {
        ...{ log, index, size, checkpoint, event: entry.written },
        ...{ salt: hex(entry.salt), leaf: hex(entry.leaf), root: hex(root) },
        proof: inclusionProof(index, size, tree).map(hex),
      };
    },
  };
}

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
