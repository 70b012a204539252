import { bytesToHex } from '@noble/hashes/utils.js';
import { type BundleEntry, bytesOf } from './bundle.ts';
import { leafHash } from './hash.ts';
import { PROOF_LIMITS } from './limits.ts';
import type { LogFinding } from './log-report.ts';

/** Compares entries with the leaves of their tree, one after the other, in memory that does not grow with the log. */
export interface EntryCheck {
  /** Takes the next entry. */
  take(entry: BundleEntry): void;
  readonly removed: number;
  readonly newestAt: string | undefined;
  /** Breaks that were not kept, being too many. */
  readonly further: number;
  /** What is wrong, once all entries were taken. */
  findings(): readonly LogFinding[];
}

interface Mismatch {
  readonly index: number;
  readonly eventId: string;
  readonly at: string;
  readonly computed: string;
}

interface Gap {
  readonly index: number;
  lastIndex: number;
  /** Time of the entry before. */
  readonly afterAt: string | undefined;
}

/** Makes the check of one log's entries. */
export function createEntryCheck(log: string): EntryCheck {
  const mismatches: Mismatch[] = [];
  const expected = new Map<string, number>();
  // Whatever retention took lies before its limit: only the newest gaps can lie behind it.
  const gaps: Gap[] = [];
  let gap: Gap | undefined;
  let removed = 0;
  let accountedFor = 0;
  let limit = '';
  let withoutLeafFrom: number | undefined;
  let withoutLeafTo = 0;
  let newestAt: string | undefined;
  let previousAt: string | undefined;
  let further = 0;

  function noteGone(index: number): void {
    removed += 1;
    if (gap?.lastIndex === index - 1) {
      gap.lastIndex = index;
      return;
    }
    gap = { index, lastIndex: index, afterAt: previousAt };
    gaps.push(gap);
    if (gaps.length > PROOF_LIMITS.maxFindings) gaps.shift();
  }

  /** Entries that are gone beyond those that retention, by its own events in this log, took. */
  function deletions(): LogFinding[] {
    const [first] = gaps;
    const last = gaps.at(-1);
    if (first === undefined || last === undefined || removed <= accountedFor) return [];
    const message = `${removed} entries are gone, retention accounts for ${accountedFor}`;
    // What stands behind the limit of retention is named one by one; else any of the entries may be the one.
    const late = gaps.filter(({ afterAt }) => limit === '' || (afterAt !== undefined && afterAt >= limit));
    const named = late.length > 0 ? late : [{ ...first, lastIndex: last.lastIndex }];
    return named.map((one) => ({ kind: 'deleted', ...placeOf(one), message }));
  }

  return {
    get removed() {
      return removed;
    },
    get newestAt() {
      return newestAt;
    },
    get further() {
      return further;
    },
    take({ index, leaf, salt, event }) {
      if (leaf === undefined) {
        withoutLeafFrom ??= index;
        withoutLeafTo = index;
        return;
      }
      const saltBytes = bytesOf(salt);
      if (event === undefined || saltBytes === undefined) return noteGone(index);
      const at = textOf(event['at']);
      previousAt = at;
      if (newestAt === undefined || at > newestAt) newestAt = at;
      const taken = retentionOf(log, event);
      accountedFor += taken.deleted;
      if (taken.before > limit) limit = taken.before;
      const computed = bytesToHex(leafHash(saltBytes, event));
      if (computed === leaf) return;
      if (mismatches.length === PROOF_LIMITS.maxFindings) {
        further += 1;
        return;
      }
      mismatches.push({ index, eventId: textOf(event['id']), at, computed });
      expected.set(leaf, index);
    },
    findings() {
      const changed = mismatches.map(({ index, eventId, at, computed }): LogFinding => {
        const home = expected.get(computed);
        return home === undefined
          ? { kind: 'edited', index, eventId, at, message: 'the entry is not the one that was written' }
          : { kind: 'reordered', index, eventId, at, message: `the entry was written at index ${home}` };
      });
      const cut: LogFinding[] =
        withoutLeafFrom === undefined
          ? []
          : [
              {
                kind: 'truncated',
                index: withoutLeafFrom,
                ...(withoutLeafTo > withoutLeafFrom && { lastIndex: withoutLeafTo }),
                ...(previousAt !== undefined && { at: previousAt }),
                message: 'entries that a checkpoint covers are gone, with their hashes',
              },
            ];
      return [...changed, ...deletions(), ...cut];
    },
  };
}

function placeOf({ index, lastIndex, afterAt }: Gap): Pick<LogFinding, 'index' | 'lastIndex' | 'at'> {
  return { index, ...(lastIndex > index && { lastIndex }), ...(afterAt !== undefined && { at: afterAt }) };
}

/** What one event of retention says that it took from this log. */
function retentionOf(log: string, event: Readonly<Record<string, unknown>>): { deleted: number; before: string } {
  const details = event['details'] as Readonly<Record<string, unknown>> | undefined;
  if (event['code'] !== 'audit.retention.applied' || details?.['log'] !== log) return { deleted: 0, before: '' };
  return { deleted: Number(details['deleted']) || 0, before: textOf(details['before']) };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
