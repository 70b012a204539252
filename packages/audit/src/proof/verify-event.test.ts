import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import { aLogEntry, createLogSigner } from '../testing/signed-log.ts';
import { formatNoteKey } from './note.ts';
import { appendLeaves, createTileSet, inclusionProof, treeRoot } from './tiles.ts';
import { type EventProof, type ListedKey, verifyEvent } from './verify-event.ts';

const NAME = 'access.example.com/audit';
const LOG = 'org_01';
const SIZE = 300;

const signer = createLogSigner();
const keys: readonly ListedKey[] = [{ key: formatNoteKey(signer) }];
const entries = Array.from({ length: SIZE }, (_, index) => {
  const at = new Date(1_700_000_000_000 + index * 1_000).toISOString();
  return aLogEntry(index, { id: `evt_${index}`, at, code: 'login.succeeded' });
});
const { tiles } = appendLeaves({
  ...{ size: 0, tiles: createTileSet([]) },
  leaves: entries.map(({ leaf }) => leaf),
});
const tree = createTileSet(tiles);
const root = treeRoot(SIZE, tree);

function proofOf(index: number): EventProof & { readonly checkpoint: string } {
  const { salt = new Uint8Array(), event = {} } = entries[index] ?? {};
  const proof = inclusionProof(index, SIZE, tree).map(bytesToHex);
  return {
    log: LOG,
    index,
    size: SIZE,
    salt: bytesToHex(salt),
    event,
    proof,
    checkpoint: signer.note(LOG, SIZE, root),
  };
}

describe('an event', () => {
  test('is proved wherever it stands, with the checkpoint that proves it', () => {
    for (const index of [0, 1, 255, 256, SIZE - 1]) {
      expect(verifyEvent(proofOf(index), keys)).toEqual({
        isProved: true,
        checkpoint: { origin: `${NAME}/${LOG}`, size: SIZE, root },
      });
    }
  });

  test('is proved by a key that was rotated since, and by one whose end the clocks see a little differently', () => {
    const at = Date.parse(String(proofOf(17).event['at']));
    for (const signsUntil of [new Date(at + 1_000), new Date(at - 60_000).toISOString()]) {
      expect(verifyEvent(proofOf(17), [{ key: formatNoteKey(signer), signsUntil }])).toMatchObject({ isProved: true });
    }
  });

  const honest = proofOf(17);
  const other = createLogSigner();
  test.each<[string, string, EventProof, readonly ListedKey[]]>([
    ['SEC-G02 that was edited', 'edited', { ...honest, event: { ...honest.event, code: 'login.failed' } }, keys],
    ['SEC-G02 in the place of another', 'edited', { ...honest, index: 18 }, keys],
    ['SEC-G02 under another salt', 'edited', { ...honest, salt: '00'.repeat(16) }, keys],
    ['with a path of another event', 'edited', { ...honest, proof: proofOf(18).proof }, keys],
    ['with a path that is cut off', 'edited', { ...honest, proof: honest.proof.slice(1) }, keys],
    ['that never was in the tree', 'edited', { ...honest, index: SIZE }, keys],
    [
      'SEC-G02 under a checkpoint that a stranger signed',
      'forgedCheckpoint',
      { ...honest, checkpoint: other.note(LOG, SIZE, root) },
      keys,
    ],
    ['under a key that is not trusted', 'forgedCheckpoint', honest, [{ key: formatNoteKey(other) }]],
    ['while no key is trusted', 'forgedCheckpoint', honest, []],
    [
      'SEC-G02 under a key whose time was over',
      'forgedCheckpoint',
      honest,
      [{ key: formatNoteKey(signer), signsUntil: '2023-01-01T00:00:00.000Z' }],
    ],
    [
      'SEC-G02 under the checkpoint of another log',
      'foreignLog',
      { ...honest, checkpoint: signer.note('org_02', SIZE, root) },
      keys,
    ],
    ['of another size than its checkpoint', 'foreignLog', { ...honest, size: SIZE - 1 }, keys],
    ['with a salt that is no number', 'malformed', { ...honest, salt: 'zz' }, keys],
    ['with a checkpoint that is none', 'malformed', { ...honest, checkpoint: 'hello' }, keys],
    ['with a key that is none', 'malformed', honest, [{ key: 'hello' }]],
    ['that has no canonical form', 'malformed', { ...honest, event: { text: '\ud800' } }, keys],
    ['of which the answer is another thing altogether', 'malformed', { ...honest, proof: null as never }, keys],
  ])('%s is not proved: %s', (_, failure, proof, trusted) => {
    expect(verifyEvent(proof, trusted)).toEqual({ isProved: false, failure, message: expect.any(String) as string });
  });

  test('without a checkpoint is not proved', () => {
    const { checkpoint: _, ...bare } = honest;
    expect(verifyEvent(bare, keys)).toMatchObject({ isProved: false, failure: 'noCheckpoint' });
  });
});
