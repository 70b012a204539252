import { AuditError } from '@sallyport/audit';
import {
  type BlobStore,
  chunkKeyOf,
  decodeEvents,
  importChunkKey,
  openChunk,
  type RecordedEvent,
} from '@sallyport/audit/recording';
import type { SessionRecordingId } from '@sallyport/core';
import type { Store } from '../stores/contracts.ts';

/**
 * Reads what one stored chunk of a recording holds, by its number. Chunk 0 begins with the header.
 * @throws AuditError `ERR_RECORDING_CHUNK` when it is missing, or is not what was stored
 */
export type ChunkReader = (number: number) => Promise<readonly RecordedEvent[]>;

/** Where recordings are read from. */
export interface RecordingSource {
  /** @throws AuditError `ERR_RECORDING_CHUNK` when it has no chunks, or they lie where this server does not reach */
  open(id: SessionRecordingId): Promise<ChunkReader>;
}

/**
 * Opens recordings.
 * @param blobStores by the name that recordings know them by
 */
export function createRecordingSource(
  rows: Pick<Store['recordings'], 'key'>,
  blobStores: ReadonlyMap<string, Pick<BlobStore, 'get'>>,
): RecordingSource {
  return {
    async open(id) {
      const found = await rows.key(id);
      if (found === undefined) throw unreadable(`recording ${id} has no chunks`);
      const blobs = blobStores.get(found.blobStore);
      if (blobs === undefined) {
        throw unreadable(`recording ${id} lies in the blob store ${found.blobStore}, which is not set up here`);
      }
      const key = importChunkKey(Buffer.from(found.dataKey.reveal(), 'base64url'));
      return async (number) => {
        const sealed = await blobs.get(chunkKeyOf(id, number));
        if (sealed === undefined) throw unreadable(`chunk ${number} of recording ${id} is missing`);
        return decodeEvents(await openChunk(key, { recordingId: id, number }, sealed));
      };
    },
  };
}

function unreadable(message: string): AuditError {
  return new AuditError({ code: 'ERR_RECORDING_CHUNK', message });
}
