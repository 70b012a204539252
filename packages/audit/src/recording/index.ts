/**
 * Session recordings: what passes in a terminal becomes chunks that are encrypted and chained by hashes, and asciicast v2 when
 * they are read.
 *
 * To record, hand bytes to {@link createSessionRecorder}; it yields chunks to a {@link BlobStore} with back-pressure and bounded
 * memory. To read, {@link openChunk}, {@link decodeEvents} and {@link createAsciicastWriter}. {@link verifyRecording} checks
 * chunks against the head that stands in the audit log. Following the frames of exec and attach is the matter of
 * `@sallyport/core/streaming`.
 *
 * @packageDocumentation
 */
export type { Asciicast, AsciicastWriter } from './asciicast.ts';
export { createAsciicastWriter, parseAsciicast } from './asciicast.ts';
export type { BlobOptions, BlobStore } from './blob-store.ts';
export { chunkKeyOf, chunkPrefixOf } from './blob-store.ts';
export { createMemoryBlobStore } from './blob-stores/memory.ts';
export type { ChunkKey, ChunkPlace } from './chunk.ts';
export { DATA_KEY_BYTES, firstHead, importChunkKey, nextHead, openChunk, sealChunk } from './chunk.ts';
export type { EventBuffer, RecordedEvent, RecordedStream, RecordingHeader } from './events.ts';
export { createEventBuffer, decodeEvents } from './events.ts';
export type {
  RecorderLimits,
  RecordingTotals,
  SealedChunk,
  SessionRecorder,
  SessionRecorderOptions,
} from './recorder.ts';
export { createSessionRecorder, RECORDER_LIMITS } from './recorder.ts';
export type { SpareBuffers, SpareBuffersOptions } from './spare-buffers.ts';
export { createSpareBuffers } from './spare-buffers.ts';
export { bytesToText, textToBytes } from './text.ts';
export type { RecordingClaim, RecordingVerdict } from './verify.ts';
export { verifyRecording } from './verify.ts';
