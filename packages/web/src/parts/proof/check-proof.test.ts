import {
  appendLeaves,
  createTileSet,
  formatNoteKey,
  inclusionProof,
  treeRoot,
  verifyInclusion,
} from '@sallyport/audit/proof';
import { aLogEntry, createLogSigner } from '@sallyport/audit/testing';
import type { AuditInclusion, AuditKeyList } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { checkProof, pathOf } from './check-proof.ts';

const LOG = 'org_1';
const SIZE = 21;
const signer = createLogSigner();
const keys: AuditKeyList = {
  items: [{ key: formatNoteKey(signer), name: signer.name, keyId: 'x', signsFrom: new Date(0) }],
};
const entries = Array.from({ length: SIZE }, (_, index) =>
  aLogEntry(index, { id: `evt_${index}`, at: new Date(1e12).toISOString(), code: 'login.succeeded' }),
);
const { tiles } = appendLeaves({ size: 0, tiles: createTileSet([]), leaves: entries.map(({ leaf }) => leaf) });
const tree = createTileSet(tiles);
const root = treeRoot(SIZE, tree);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function anInclusion(index: number): AuditInclusion {
  const { salt, event, leaf } = entries[index] as (typeof entries)[number];
  return {
    log: LOG,
    index,
    size: SIZE,
    salt: hex(salt),
    event,
    leaf: hex(leaf),
    proof: inclusionProof(index, SIZE, tree).map(hex),
    root: hex(root),
    checkpoint: signer.note(LOG, SIZE, root),
  };
}

describe('the proof of an event in the page', () => {
  it('holds for each event, and names who signed', () => {
    for (let index = 0; index < SIZE; index += 1) {
      expect(checkProof(`evt_${index}`, anInclusion(index), keys)).toMatchObject({
        isProved: true,
        signedBy: signer.name,
      });
    }
  });

  it('SEC-G02 fails for an event that was edited, whatever leaf and root the server tells', () => {
    const honest = anInclusion(3);
    const edited = { ...honest, event: { ...honest.event, code: 'login.failed' } };
    expect(checkProof('evt_3', edited, keys)).toMatchObject({ isProved: false, failure: 'edited' });
  });

  it('SEC-G02 fails when the proof is about another event than the one that is looked at', () => {
    expect(checkProof('evt_4', anInclusion(3), keys)).toMatchObject({ isProved: false, failure: 'otherEvent' });
  });

  it('fails without a checkpoint, and under a key that the log does not have', () => {
    const { checkpoint: _, ...bare } = anInclusion(3);
    expect(checkProof('evt_3', bare, keys)).toMatchObject({ failure: 'noCheckpoint' });
    expect(checkProof('evt_3', anInclusion(3), { items: [] })).toMatchObject({ failure: 'forgedCheckpoint' });
  });

  it('is drawn along the way that the check takes', () => {
    for (let index = 0; index < SIZE; index += 1) {
      const { proof, leaf } = anInclusion(index);
      const path = pathOf(anInclusion(index));
      expect(path.map(({ hash }) => hash)).toEqual(proof);
      expect(path.filter(({ side }) => side === 'left')).toHaveLength(proof.length - rightsOf(index));
      const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
      expect(verifyInclusion({ index, size: SIZE, leaf: bytes(leaf), root, proof: proof.map(bytes) })).toBe(true);
    }
  });
});

/** How many siblings stand right of the way: the halves of the tree behind the leaf. */
function rightsOf(index: number, size = SIZE): number {
  if (size === 1) return 0;
  const left = 2 ** Math.floor(Math.log2(size - 1));
  return index < left ? 1 + rightsOf(index, left) : rightsOf(index - left, size - left);
}
