/**
 * How a log was tampered with. `edited`: an entry is not what it was. `reordered`: an entry stands in the place of another.
 * `deleted`: an entry is gone, and retention does not account for it. `truncated`: the newest entries are gone from under a
 * checkpoint. `rewritten`: the tree is not the one of a checkpoint, in the log or kept elsewhere: entries were changed and their
 * hashes with them, perhaps signed anew. `rolledBack`: a checkpoint that was kept elsewhere is newer than the log: the newest
 * entries and checkpoints were cut off, or an old backup was restored. `forgedCheckpoint`: a checkpoint was not signed by a key
 * of the log, or by one whose time was over. `foreignLog`: the log is not the one that was kept elsewhere. `swappedRecording`: a
 * recording is not the one whose hash stands in the log.
 */
export type TamperingKind =
  | 'edited'
  | 'reordered'
  | 'deleted'
  | 'truncated'
  | 'rewritten'
  | 'rolledBack'
  | 'forgedCheckpoint'
  | 'foreignLog'
  | 'swappedRecording';

/** One break, and where it is. */
export interface LogFinding {
  readonly kind: TamperingKind;
  /** Index of the entry; the first one where several are meant. */
  readonly index?: number;
  /** Index of the last entry that is meant, where there are several. */
  readonly lastIndex?: number;
  /** Id of the event, as it is stated now. */
  readonly eventId?: string;
  /** Time of the event, or of the nearest one that is still there; ISO 8601. */
  readonly at?: string;
  /** One sentence. */
  readonly message: string;
}

/** What verifying a log came to. */
export interface LogReport {
  readonly holds: boolean;
  readonly log: string;
  /** Origin of the newest checkpoint; absent when there is none that is signed. */
  readonly origin?: string;
  readonly entries: number;
  /** Entries of which retention left the hash alone. */
  readonly removed: number;
  readonly checkpoints: number;
  /** Checkpoints kept elsewhere that the log was compared with. */
  readonly anchors: number;
  readonly recordings: number;
  /** Time of the newest event; ISO 8601. */
  readonly newestAt?: string;
  /** The newest checkpoint whose signature and tree hold, as a signed note: what to keep elsewhere. */
  readonly checkpoint?: string;
  /** The first break in the order of the log stands first. At most `maxFindings` of `PROOF_LIMITS`. */
  readonly findings: readonly LogFinding[];
  /** Breaks beyond those. */
  readonly furtherFindings: number;
}
