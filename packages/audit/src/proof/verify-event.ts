import { hexToBytes } from '@noble/hashes/utils.js';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { hasKeyEnded, logOf } from './checkpoint-check.ts';
import { leafHash } from './hash.ts';
import { formatNoteKey, parseNoteKey } from './note.ts';
import { verifyInclusion } from './verify-proof.ts';

/** What the REST API answers when an event is to be proved, as far as it is looked at: nothing that it concludes is believed. */
export interface EventProof {
  /** Organization id, or `installation`. */
  readonly log: string;
  readonly index: number;
  readonly size: number;
  /** Hexadecimal. */
  readonly salt: string;
  readonly event: Readonly<Record<string, unknown>>;
  /** Hashes of the path to the root, nearest first, hexadecimal. */
  readonly proof: readonly string[];
  /** Signed note of the checkpoint of `size` entries. */
  readonly checkpoint?: string | undefined;
}

/** A key as the REST API lists it. */
export interface ListedKey {
  /** Verifier key: `name+id+base64`. */
  readonly key: string;
  /** When another one signed in its place. */
  readonly signsUntil?: string | Date | undefined;
}

/**
 * Why an event is not proved. `malformed`: part of the proof can't be read. `noCheckpoint`: there is none of that size with the
 * proof. `forgedCheckpoint`: the checkpoint is not signed by one of the keys, or by one whose time was over. `foreignLog`: the
 * checkpoint is one of another log or size. `edited`: the event is not the one that the log has in that place.
 */
export type EventFailure = 'malformed' | 'noCheckpoint' | 'forgedCheckpoint' | 'foreignLog' | 'edited';

/** Whether an event is proved to be in its log, unchanged and in its place. */
export type EventVerdict =
  | { readonly isProved: true; readonly checkpoint: Checkpoint }
  | {
      readonly isProved: false;
      readonly failure: EventFailure;
      /** One sentence. */
      readonly message: string;
    };

/**
 * Verifies that an event is in its log: the event and its salt make a leaf, the leaf and the path make a root, and that root is
 * signed. Which keys are trusted is the caller's to know; those that the same server lists prove that it agrees with itself. Total.
 */
export function verifyEvent(proof: EventProof, keys: readonly ListedKey[]): EventVerdict {
  try {
    return judge(proof, keys);
  } catch (error) {
    // Whatever answered may have answered anything.
    return failed('malformed', `the proof can't be read: ${error instanceof Error ? error.message : 'it is none'}`);
  }
}

function judge({ log, index, size, salt, event, proof, checkpoint }: EventProof, keys: readonly ListedKey[]) {
  if (checkpoint === undefined) return failed('noCheckpoint', `no checkpoint of ${size} entries is with the proof`);
  const opened = openCheckpoint(
    checkpoint,
    keys.map(({ key }) => parseNoteKey(key)),
  );
  if (opened === undefined) return failed('forgedCheckpoint', 'the checkpoint is not signed by a key of this log');
  const { key: signer, ...signed } = opened;
  if (logOf(signed.origin) !== log || signed.origin !== `${signer.name}/${log}` || signed.size !== size) {
    return failed(
      'foreignLog',
      `the checkpoint is of ${signed.size} entries of ${signed.origin}, not ${size} of ${log}`,
    );
  }
  const until = keys.find(({ key }) => key === formatNoteKey(signer))?.signsUntil;
  if (until !== undefined && hasKeyEnded(String(event['at']), until)) {
    const message = `the checkpoint is signed with a key that signed until ${new Date(until).toISOString()}`;
    return failed('forgedCheckpoint', message);
  }
  const leaf = leafHash(hexToBytes(salt), event);
  if (!verifyInclusion({ index, size, leaf, root: signed.root, proof: proof.map(hexToBytes) })) {
    return failed('edited', `the event is not the one that was written at index ${index}`);
  }
  return { isProved: true, checkpoint: signed } as const;
}

function failed(failure: EventFailure, message: string): EventVerdict {
  return { isProved: false, failure, message };
}
