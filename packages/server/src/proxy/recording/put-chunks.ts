import { type BlobStore, chunkKeyOf, type SealedChunk } from '@sallyport/audit/recording';
import type { SessionRecordingId } from '@sallyport/core';

/**
 * Puts chunks of a recording, all at once. Is over when none of them is being put any more, also where one has failed: by then
 * their memory may be used for others.
 * @throws what the first that failed did
 */
export async function putChunks(
  blobs: Pick<BlobStore, 'put'>,
  id: SessionRecordingId,
  chunks: readonly Pick<SealedChunk, 'number' | 'sealed'>[],
  signal: AbortSignal,
): Promise<void> {
  const put = ({ number, sealed }: (typeof chunks)[number]) => blobs.put(chunkKeyOf(id, number), sealed, { signal });
  for (const outcome of await Promise.allSettled(chunks.map(put))) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}
