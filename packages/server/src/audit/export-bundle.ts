import { type BundleLine, formatBundleLine, formatNoteKey, type NoteKey, TILE_WIDTH } from '@sallyport/audit/proof';
import type { RecordingClaim } from '@sallyport/audit/recording';
import type { AuditProofRows, LogEntryRow, StoredCheckpoint } from '../stores/audit-proof-contracts.ts';

const HASH_BYTES = 32;
const CHECKPOINTS_AT_ONCE = 1_000;

/** What {@link exportBundle} reads. */
export interface BundleSource {
  readonly rows: AuditProofRows;
  /** Absent: recordings are not looked at. */
  readonly recordingHead?: RecordingHead;
}

/**
 * Head of the hash chain over the chunks of a recording as they are stored now; `undefined` when one of them is missing. `deleted`
 * for a recording that is not kept any more.
 */
export type RecordingHead = (claim: RecordingClaim) => Promise<string | 'deleted' | undefined>;

/** A key, and from when until when it signs. */
export interface KeyLifeOfLog extends NoteKey {
  readonly signsFrom: Date;
  readonly signsUntil?: Date;
}

/**
 * The bundle of a log, line by line, up to its newest checkpoint. Says what the tables hold, whether it fits together or not: that
 * is for whoever verifies it to find.
 */
export async function* exportBundle(
  { rows, recordingHead }: BundleSource,
  { log, keys, at }: { readonly log: string; readonly keys: readonly KeyLifeOfLog[]; readonly at: Date },
): AsyncGenerator<string> {
  const size = (await rows.newestCheckpoint(log))?.size ?? 0;
  yield formatBundleLine({
    type: 'header',
    format: 'sallyport-audit-log',
    version: 1,
    log,
    size,
    exportedAt: at.toISOString(),
    keys: keys.map((key) => ({
      key: formatNoteKey(key),
      signsFrom: key.signsFrom.toISOString(),
      ...(key.signsUntil && { signsUntil: key.signsUntil.toISOString() }),
    })),
  });
  const checkpoints = readCheckpoints(rows, log, size);
  let checkpoint = await checkpoints.next();
  for (let from = 0; from < size; from += TILE_WIDTH) {
    const to = Math.min(size, from + TILE_WIDTH);
    const [tile] = await rows.tiles(log, [{ level: 0, index: from / TILE_WIDTH }]);
    const entries = new Map((await rows.entries(log, from, to)).map((entry) => [entry.index, entry]));
    for (let index = from; index < to; index += 1) {
      const entry = entries.get(index);
      yield formatBundleLine(toLine(index, leafOf(tile?.hashes, index - from), entry));
      const claim = recordingHead && claimOf(entry);
      const headSha256 = claim && (await recordingHead(claim));
      if (claim !== undefined && headSha256 !== 'deleted') {
        yield formatBundleLine({ type: 'recording', id: claim.recordingId, ...(headSha256 && { headSha256 }) });
      }
      for (; checkpoint.done !== true && checkpoint.value.size === index + 1; checkpoint = await checkpoints.next()) {
        const { at: signedAt, note } = checkpoint.value;
        yield formatBundleLine({ type: 'checkpoint', at: signedAt.toISOString(), note });
      }
    }
  }
  yield formatBundleLine({ type: 'end', entries: size });
}

async function* readCheckpoints(rows: AuditProofRows, log: string, upTo: number): AsyncGenerator<StoredCheckpoint> {
  for (let after = 0; after < upTo; ) {
    const page = await rows.checkpoints(log, { after, upTo, limit: CHECKPOINTS_AT_ONCE });
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.size;
  }
}

function toLine(index: number, leaf: string | undefined, entry: LogEntryRow | undefined): BundleLine {
  const { salt, event } = entry ?? {};
  return {
    type: 'entry',
    index,
    ...(leaf !== undefined && { leaf }),
    ...(salt && event && { salt: Buffer.from(salt).toString('hex'), event }),
  };
}

function leafOf(hashes: Uint8Array | undefined, at: number): string | undefined {
  if (hashes === undefined || hashes.length < (at + 1) * HASH_BYTES) return undefined;
  return Buffer.from(hashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)).toString('hex');
}

/** What an event that closes a recording says of it. */
function claimOf(entry: LogEntryRow | undefined): RecordingClaim | undefined {
  const { code, recordingId, details } = entry?.event ?? {};
  if (code !== 'session.recording.ended' && code !== 'session.recording.interrupted') return undefined;
  const { chunks, headSha256 } = (details ?? {}) as Readonly<Record<string, unknown>>;
  const isWhole = typeof recordingId === 'string' && typeof chunks === 'number' && typeof headSha256 === 'string';
  return isWhole ? { recordingId, chunkCount: chunks, headSha256 } : undefined;
}
