import type { BlobStore } from './blob-store.ts';
import { chunkKeyOf } from './blob-store.ts';
import { type ChunkKey, firstHead, nextHead, openChunk } from './chunk.ts';

/** What a recording must hold, as an audit event states it. */
export interface RecordingClaim {
  readonly recordingId: string;
  /** `chunks` of `session.recording.ended` or `session.recording.interrupted`. */
  readonly chunkCount: number;
  /** `headSha256` of the same event, lower-case hex. */
  readonly headSha256: string;
}

/** What {@link verifyRecording} found. */
export type RecordingVerdict =
  | { readonly holds: true }
  /** A chunk is not there: removed, or the tail was cut off. */
  | { readonly holds: false; readonly problem: 'missing'; readonly chunk: number }
  /** A chunk does not open in its place: altered, exchanged, or of another recording. */
  | { readonly holds: false; readonly problem: 'altered'; readonly chunk: number }
  /** Chunks are all there and the chain ends in another head: one or more were replaced. */
  | { readonly holds: false; readonly problem: 'head'; readonly headSha256: string };

/**
 * Checks the chunks of a recording against the head that stands in the audit log, which the log's own proof vouches for. Chunks
 * beyond those that the event counts are no part of the recording: a server that crashed may leave one behind. With
 * the data key, a chunk that does not open in its place is named too; without it, only that the chain ends elsewhere.
 */
export async function verifyRecording(
  blobs: Pick<BlobStore, 'get'>,
  claim: RecordingClaim,
  key?: ChunkKey,
): Promise<RecordingVerdict> {
  const { recordingId, chunkCount, headSha256 } = claim;
  let head = firstHead(recordingId);
  for (let number = 0; number < chunkCount; number++) {
    const chunk = await blobs.get(chunkKeyOf(recordingId, number));
    if (chunk === undefined) return { holds: false, problem: 'missing', chunk: number };
    if (key !== undefined && !(await opens(key, recordingId, number, chunk))) {
      return { holds: false, problem: 'altered', chunk: number };
    }
    head = nextHead(head, chunk);
  }
  const found = Buffer.from(head).toString('hex');
  return found === headSha256 ? { holds: true } : { holds: false, problem: 'head', headSha256: found };
}

async function opens(key: ChunkKey, recordingId: string, number: number, chunk: Uint8Array): Promise<boolean> {
  try {
    await openChunk(key, { recordingId, number }, chunk);
    return true;
  } catch {
    return false;
  }
}
