import { type BlobStore, verifyRecording } from '@sallyport/audit/recording';
import { isId, parseId } from '@sallyport/core';
import type { Store } from '../stores/contracts.ts';
import type { RecordingHead } from './export-bundle.ts';

/** Makes what computes the heads of recordings anew, from their chunks as they lie in their stores. */
export function createRecordingHead(
  recordings: Pick<Store['recordings'], 'key'>,
  blobStores: ReadonlyMap<string, Pick<BlobStore, 'get'>>,
): RecordingHead {
  return async (claim) => {
    if (!isId('sessionRecording', claim.recordingId)) return undefined;
    // Of nothing there is no chain: where no chunk could be stored, the event alone tells of the session.
    if (claim.chunkCount === 0) return claim.headSha256;
    const found = await recordings.key(parseId('sessionRecording', claim.recordingId));
    if (found === undefined) return 'deleted';
    const blobs = blobStores.get(found.blobStore);
    if (blobs === undefined) return undefined;
    const verdict = await verifyRecording(blobs, claim);
    if (verdict.holds) return claim.headSha256;
    return verdict.problem === 'head' ? verdict.headSha256 : undefined;
  };
}
