import { type BundleEntry, type BundleHeader, bytesOf, malformed, parseBundleLine } from './bundle.ts';
import { createCheckpointCheck } from './checkpoint-check.ts';
import { createEntryCheck } from './entry-check.ts';
import { EMPTY_ROOT } from './hash.ts';
import { PROOF_LIMITS } from './limits.ts';
import type { LogFinding, LogReport } from './log-report.ts';
import type { NoteKey } from './note.ts';
import { createTreeHasher } from './tree-hasher.ts';

/** Options of {@link verifyLog}. */
export interface VerifyLogOptions {
  /**
   * Keys that are trusted. Absent: those that the bundle brings, which proves that it is in one piece, not who made it.
   */
  readonly keys?: readonly NoteKey[];
  /** Signed notes of checkpoints that were kept elsewhere; those of other logs are passed over. */
  readonly anchors?: readonly string[];
  /** Called now and then with the number of entries that were looked at, and of all. */
  readonly onProgress?: (entries: number, size: number) => void;
}

const PROGRESS_EVERY = 10_000;

/**
 * Verifies a log from its bundle, line by line, in memory that does not grow with it: every entry against its leaf, every
 * checkpoint against the tree and its signature, the whole against checkpoints that were kept elsewhere, and recordings against
 * the hashes that the log holds of them. What is wrong with the log is in the report.
 * @throws AuditError `ERR_AUDIT_BUNDLE_MALFORMED` for lines that are no bundle, or only the beginning of one;
 * `ERR_AUDIT_NOTE_MALFORMED` for a checkpoint or key that can't be read
 */
export async function verifyLog(
  lines: AsyncIterable<string> | Iterable<string>,
  options: VerifyLogOptions = {},
): Promise<LogReport> {
  let verifier: Verifier | undefined;
  let lineNumber = 0;
  for await (const text of lines) {
    lineNumber += 1;
    if (text === '') continue;
    const line = parseBundleLine(text, lineNumber);
    if (verifier === undefined) {
      if (line.type !== 'header') throw malformed(lineNumber, 'is not the header of a bundle');
      verifier = createVerifier(line, options);
    } else if (verifier.hasEnded || line.type === 'header') {
      throw malformed(lineNumber, 'stands behind the end of the bundle');
    } else if (line.type === 'entry') {
      if (line.index !== verifier.size) throw malformed(lineNumber, `is entry ${line.index}, not ${verifier.size}`);
      verifier.entry(line);
    } else if (line.type === 'checkpoint') {
      verifier.checkpoint(line.note);
    } else if (line.type === 'recording') {
      verifier.recording(line);
    } else {
      verifier.end(line.entries, lineNumber);
    }
  }
  if (verifier?.hasEnded !== true)
    throw malformed(lineNumber, 'is the last one, and not the end of a bundle: it is incomplete');
  return verifier.report();
}

type Verifier = ReturnType<typeof createVerifier>;

function createVerifier({ log, size, keys: published }: BundleHeader, options: VerifyLogOptions) {
  const { keys: pinned, anchors = [], onProgress } = options;
  const tree = createTreeHasher();
  const entries = createEntryCheck(log);
  const checkpoints = createCheckpointCheck({ log, tree, published, anchors, ...(pinned && { pinned }) });
  const swapped: LogFinding[] = [];
  let recordings = 0;
  let previous: BundleEntry | undefined;
  let hasEnded = false;

  return {
    get size() {
      return tree.size;
    },
    get hasEnded() {
      return hasEnded;
    },
    entry(entry: BundleEntry) {
      entries.take(entry);
      previous = entry;
      const leaf = bytesOf(entry.leaf);
      if (leaf === undefined) checkpoints.lost();
      tree.push(leaf ?? EMPTY_ROOT);
      checkpoints.grown();
      if (tree.size % PROGRESS_EVERY === 0) onProgress?.(tree.size, size);
    },
    checkpoint(note: string) {
      checkpoints.take(note, entries.newestAt);
    },
    recording({ id, headSha256 }: { readonly id: string; readonly headSha256?: string }) {
      recordings += 1;
      const details = previous?.event?.['details'] as Readonly<Record<string, unknown>> | undefined;
      if (details?.['headSha256'] === headSha256 && previous?.event?.['recordingId'] === id) return;
      const message =
        headSha256 === undefined
          ? `recording ${id} is not in its store any more`
          : `recording ${id} is not the one whose hash stands in the log`;
      swapped.push({ kind: 'swappedRecording', index: tree.size - 1, ...eventOf(previous), message });
    },
    end(count: number, lineNumber: number) {
      if (count !== tree.size || count !== size) {
        throw malformed(lineNumber, `ends a bundle of ${tree.size} entries that says ${size}: it is incomplete`);
      }
      hasEnded = true;
    },
    report(): LogReport {
      const { newest } = checkpoints;
      const found = [...entries.findings(), ...checkpoints.findings(), ...swapped];
      const covered = newest?.checkpoint.size ?? 0;
      const message = `no checkpoint covers the entries from ${covered} to ${size - 1}`;
      const all: LogFinding[] =
        found.length > 0 || covered === size ? found : [{ kind: 'forgedCheckpoint', index: covered, message }];
      const findings = all.sort((a, b) => (a.index ?? 0) - (b.index ?? 0)).slice(0, PROOF_LIMITS.maxFindings);
      return {
        holds: findings.length === 0,
        log,
        ...(newest && { origin: newest.checkpoint.origin, checkpoint: newest.note }),
        entries: tree.size,
        removed: entries.removed,
        checkpoints: checkpoints.count,
        anchors: checkpoints.anchors,
        recordings,
        ...(entries.newestAt !== undefined && { newestAt: entries.newestAt }),
        findings,
        furtherFindings: all.length - findings.length + entries.further,
      };
    },
  };
}

function eventOf(entry: BundleEntry | undefined): Pick<LogFinding, 'eventId' | 'at'> {
  const { id, at } = entry?.event ?? {};
  return { ...(typeof id === 'string' && { eventId: id }), ...(typeof at === 'string' && { at }) };
}
