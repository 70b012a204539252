import { createCipheriv, createDecipheriv, createHash, createSecretKey, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, deflateRaw, inflateRaw } from 'node:zlib';
import { AuditError } from '../errors.ts';
import { NO_SPARE_BUFFERS } from './spare-buffers.ts';

/** Bytes of the data key of a recording. */
export const DATA_KEY_BYTES = 32;

/** Largest stored form of one chunk before compression, in bytes; what is larger does not open. */
export const MAX_OPENED_CHUNK_BYTES = 4 * 1_024 * 1_024;

const VERSION = 1;
const FLAG_DEFLATED = 1;
const PREFIX_BYTES = 2;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

const deflateAsync = promisify(deflateRaw);
const inflateAsync = promisify(inflateRaw);

/** A data key as the platform's cipher takes it. */
export type ChunkKey = KeyObject;

/** Prepares a data key of 32 bytes. */
export function importChunkKey(dataKey: Uint8Array): ChunkKey {
  return createSecretKey(dataKey);
}

/** Which chunk of which recording. Bound into its encryption: a chunk in another place does not open. */
export interface ChunkPlace {
  readonly recordingId: string;
  readonly number: number;
}

/**
 * Encrypts a chunk with AES-256-GCM: `01`, a byte of flags, ciphertext and tag. The nonce is the number of the chunk, which no
 * other text under the same key has, since the key is of one recording. `compress` deflates it first where that pays. The chunk is
 * written to one of `buffers`.
 */
export async function sealChunk(
  key: ChunkKey,
  place: ChunkPlace,
  stored: Uint8Array,
  compress: boolean,
  buffers = NO_SPARE_BUFFERS,
): Promise<Uint8Array<ArrayBuffer>> {
  const deflated = compress
    ? await deflateAsync(stored, { level: 1, chunkSize: Math.max(constants.Z_MIN_CHUNK, stored.length) })
    : undefined;
  const pays = deflated !== undefined && deflated.length < stored.length * 0.9;
  const prefix = Uint8Array.of(VERSION, pays ? FLAG_DEFLATED : 0);
  const { iv, additionalData } = bindings(place, prefix);
  // At once, and not on another thread: handing a chunk over costs more than encrypting it.
  const cipher = createCipheriv(CIPHER, key, iv).setAAD(additionalData);
  const ciphertext = cipher.update(pays ? deflated : stored);
  cipher.final();
  const length = PREFIX_BYTES + ciphertext.length + TAG_BYTES;
  const chunk = buffers.take(length).subarray(0, length);
  chunk.set(prefix);
  chunk.set(ciphertext, PREFIX_BYTES);
  chunk.set(cipher.getAuthTag(), length - TAG_BYTES);
  return chunk;
}

/**
 * Opens what {@link sealChunk} made.
 * @throws AuditError `ERR_RECORDING_CHUNK` when key or place is another one, or a byte was changed
 */
export async function openChunk(key: ChunkKey, place: ChunkPlace, chunk: Uint8Array): Promise<Uint8Array> {
  const prefix = chunk.subarray(0, PREFIX_BYTES);
  const [version, flags] = prefix;
  const tagAt = chunk.length - TAG_BYTES;
  if (version !== VERSION || tagAt < PREFIX_BYTES) throw cannotOpen(place);
  const { iv, additionalData } = bindings(place, prefix);
  try {
    const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES })
      .setAAD(additionalData)
      .setAuthTag(chunk.subarray(tagAt));
    const opened = decipher.update(chunk.subarray(PREFIX_BYTES, tagAt));
    decipher.final();
    const limit = { maxOutputLength: MAX_OPENED_CHUNK_BYTES };
    const { buffer, byteOffset, length } = flags === FLAG_DEFLATED ? await inflateAsync(opened, limit) : opened;
    return new Uint8Array(buffer, byteOffset, length);
  } catch (cause) {
    throw cannotOpen(place, cause);
  }
}

/** What binds a chunk into its place. */
function bindings({ recordingId, number }: ChunkPlace, prefix: Uint8Array) {
  const iv = new Uint8Array(12);
  new DataView(iv.buffer).setUint32(8, number);
  const additionalData = new TextEncoder().encode(
    `sallyport recording chunk\0${recordingId}\0${number}\0${prefix.join()}`,
  );
  return { iv, additionalData };
}

function cannotOpen({ recordingId, number }: ChunkPlace, cause?: unknown): AuditError {
  return new AuditError({
    code: 'ERR_RECORDING_CHUNK',
    message: `chunk ${number} of recording ${recordingId} was altered, belongs elsewhere or is under another key`,
    cause,
  });
}

/** The head of a hash chain that has no chunk yet. */
export function firstHead(recordingId: string): Uint8Array {
  return createHash('sha256').update(`sallyport recording\0${recordingId}`).digest();
}

/** The head with one more chunk: SHA-256 of the head before and the encrypted chunk. */
export function nextHead(head: Uint8Array, chunk: Uint8Array): Uint8Array {
  return createHash('sha256').update(head).update(chunk).digest();
}
