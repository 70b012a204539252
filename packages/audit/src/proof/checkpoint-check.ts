import type { PublishedKey } from './bundle.ts';
import { type Checkpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { equalHashes } from './hash.ts';
import type { LogFinding } from './log-report.ts';
import { formatNoteKey, type NoteKey, parseNote, parseNoteKey } from './note.ts';
import type { TreeHasher } from './tree-hasher.ts';

/** Clocks of servers may differ by that much, in milliseconds. */
const CLOCK_TOLERANCE_MS = 600_000;

/** Compares checkpoints with the tree, as it grows. */
export interface CheckpointCheck {
  /** Takes a checkpoint of the log, and the time of the newest event that it covers. */
  take(note: string, newestAt: string | undefined): void;
  /** Compares the tree, of its size now, with what was kept elsewhere. To be called after each entry. */
  grown(): void;
  /** An entry has no leaf: from here on the tree is nobody's, which is not to be told for each checkpoint. */
  lost(): void;
  readonly count: number;
  readonly anchors: number;
  /** The newest checkpoint that holds. */
  readonly newest: { readonly note: string; readonly checkpoint: Checkpoint } | undefined;
  findings(): readonly LogFinding[];
}

/** What {@link createCheckpointCheck} works with. */
export interface CheckpointCheckOptions {
  readonly log: string;
  readonly tree: TreeHasher;
  readonly published: readonly PublishedKey[];
  /** Keys that are trusted whatever is published. Absent: those that are published are. */
  readonly pinned?: readonly NoteKey[];
  /** Signed notes of checkpoints that were kept elsewhere. */
  readonly anchors: readonly string[];
}

/**
 * Makes the check of one log's checkpoints. What was kept elsewhere is believed for its place, not for its signature.
 * @throws AuditError `ERR_AUDIT_NOTE_MALFORMED` for an anchor or a key that is none
 */
export function createCheckpointCheck(options: CheckpointCheckOptions): CheckpointCheck {
  const { log, tree, published, pinned } = options;
  const keys = pinned ?? published.map(({ key }) => parseNoteKey(key));
  const endOfKey = new Map(published.map(({ key, signsUntil }) => [key, signsUntil]));
  const findings: LogFinding[] = [];
  const all = options.anchors.map((note) => parseCheckpoint(parseNote(note).text));
  const anchors = all.filter(({ origin }) => logOf(origin) === log).sort((a, b) => a.size - b.size);
  if (anchors.length === 0 && all.length > 0) {
    findings.push({ kind: 'foreignLog', message: `none of the ${all.length} kept checkpoints is of the log ${log}` });
  }
  let next = 0;
  let count = 0;
  let goodSize = 0;
  let goodAnchorSize = 0;
  let isBroken = false;
  let newest: CheckpointCheck['newest'];

  /**
   * Whether the tree, of the checkpoint's size now, is that of the checkpoint. The first break alone says where: since the last
   * checkpoint that fitted, of those kept elsewhere when it is one of them, for the log's own may be signed anew.
   */
  function fits({ size, root }: Checkpoint, isAnchor: boolean): boolean {
    if (equalHashes(tree.root(), root)) {
      if (!isBroken) goodSize = size;
      if (!isBroken && isAnchor) goodAnchorSize = size;
      return true;
    }
    if (!isBroken) {
      const index = isAnchor ? goodAnchorSize : goodSize;
      const place = { index, ...(size - 1 > index && { lastIndex: size - 1 }) };
      const what = isAnchor ? 'the checkpoint that was kept elsewhere' : 'its checkpoint';
      findings.push({ kind: 'rewritten', ...place, message: `the tree of ${size} entries is not that of ${what}` });
    }
    isBroken = true;
    return false;
  }

  return {
    get count() {
      return count;
    },
    get anchors() {
      return anchors.length;
    },
    get newest() {
      return newest;
    },
    take(note, newestAt) {
      count += 1;
      const opened = openCheckpoint(note, keys);
      const place = tree.size > 0 ? { index: tree.size - 1 } : {};
      if (opened === undefined || opened.origin !== `${opened.key.name}/${log}` || opened.size !== tree.size) {
        const message =
          opened === undefined
            ? `the checkpoint of ${tree.size} entries is not signed by a key of this log`
            : `the checkpoint of ${tree.size} entries says ${opened.size} of ${opened.origin}`;
        findings.push({ kind: 'forgedCheckpoint', ...place, message });
        return;
      }
      const until = endOfKey.get(formatNoteKey(opened.key));
      if (until !== undefined && newestAt !== undefined && hasKeyEnded(newestAt, until)) {
        const message = `the checkpoint of ${tree.size} entries is signed with a key that signed until ${until}`;
        findings.push({ kind: 'forgedCheckpoint', ...place, at: newestAt, message });
      }
      if (fits(opened, false)) newest = { note, checkpoint: opened };
    },
    lost() {
      isBroken = true;
    },
    grown() {
      for (let anchor = anchors[next]; anchor !== undefined && anchor.size <= tree.size; anchor = anchors[next]) {
        if (anchor.size === tree.size) fits(anchor, true);
        next += 1;
      }
    },
    findings() {
      const beyond = anchors[next];
      const last = anchors.at(-1);
      if (beyond === undefined || last === undefined) return findings;
      const message = `the log has ${tree.size} entries, a checkpoint that was kept elsewhere has ${last.size}: the newest were cut off, or an old backup was restored`;
      return [...findings, { kind: 'rolledBack', index: tree.size, lastIndex: last.size - 1, message }];
    },
  };
}

/** The log of an origin. */
export function logOf(origin: string): string {
  return origin.slice(origin.lastIndexOf('/') + 1);
}

/** Whether a key that signed until `until` can't have signed what happened at `at`. */
export function hasKeyEnded(at: string, until: string | Date): boolean {
  return Date.parse(at) > new Date(until).getTime() + CLOCK_TOLERANCE_MS;
}
