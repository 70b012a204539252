import type { webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { AuditError } from '../errors.ts';

/** Bytes of the data key of a recording. */
export const DATA_KEY_BYTES = 32;

/** Largest stored form of one chunk before compression, in bytes; what is larger does not open. */
export const MAX_OPENED_CHUNK_BYTES = 4 * 1_024 * 1_024;

const VERSION = 1;
const FLAG_DEFLATED = 1;
const PREFIX_BYTES = 2;
const HASH_BYTES = 32;

const deflateAsync = promisify(deflateRaw);
const inflateAsync = promisify(inflateRaw);

/** A data key as the platform's cipher takes it. */
export type ChunkKey = webcrypto.CryptoKey;

/** Prepares a data key of 32 bytes. It can't be exported again. */
export function importChunkKey(dataKey: Uint8Array<ArrayBuffer>): Promise<ChunkKey> {
  return crypto.subtle.importKey('raw', dataKey, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

/** Which chunk of which recording. Bound into its encryption: a chunk in another place does not open. */
export interface ChunkPlace {
  readonly recordingId: string;
  readonly number: number;
}

/**
 * Encrypts a chunk with AES-256-GCM: `01`, a byte of flags, ciphertext and tag. The nonce is the number of the chunk, which no
 * other text under the same key has, since the key is of one recording. `compress` deflates it first where that pays.
 */
export async function sealChunk(
  key: ChunkKey,
  place: ChunkPlace,
  stored: Uint8Array<ArrayBuffer>,
  compress: boolean,
): Promise<Uint8Array<ArrayBuffer>> {
  const deflated = compress ? await deflateAsync(stored, { level: 1 }) : undefined;
  const pays = deflated !== undefined && deflated.length < stored.length * 0.9;
  const prefix = Uint8Array.of(VERSION, pays ? FLAG_DEFLATED : 0);
  const plaintext = pays ? new Uint8Array(deflated) : stored;
  const sealed = new Uint8Array(await crypto.subtle.encrypt(cipherOf(place, prefix), key, plaintext));
  const chunk = new Uint8Array(PREFIX_BYTES + sealed.length);
  chunk.set(prefix);
  chunk.set(sealed, PREFIX_BYTES);
  return chunk;
}

/**
 * Opens what {@link sealChunk} made.
 * @throws AuditError `ERR_RECORDING_CHUNK` when key or place is another one, or a byte was changed
 */
export async function openChunk(key: ChunkKey, place: ChunkPlace, chunk: Uint8Array): Promise<Uint8Array> {
  const [version, flags] = chunk;
  const prefix = new Uint8Array(chunk.subarray(0, PREFIX_BYTES));
  if (version !== VERSION) throw cannotOpen(place);
  try {
    const opened = await crypto.subtle.decrypt(
      cipherOf(place, prefix),
      key,
      new Uint8Array(chunk.subarray(PREFIX_BYTES)),
    );
    if (flags !== FLAG_DEFLATED) return new Uint8Array(opened);
    return new Uint8Array(await inflateAsync(new Uint8Array(opened), { maxOutputLength: MAX_OPENED_CHUNK_BYTES }));
  } catch (cause) {
    throw cannotOpen(place, cause);
  }
}

function cipherOf({ recordingId, number }: ChunkPlace, prefix: Uint8Array) {
  const iv = new Uint8Array(12);
  new DataView(iv.buffer).setUint32(8, number);
  const additionalData = new TextEncoder().encode(`sallyport recording chunk\0${recordingId}\0${number}\0${prefix}`);
  return { name: 'AES-GCM', iv, additionalData };
}

function cannotOpen({ recordingId, number }: ChunkPlace, cause?: unknown): AuditError {
  return new AuditError({
    code: 'ERR_RECORDING_CHUNK',
    message: `chunk ${number} of recording ${recordingId} was altered, belongs elsewhere or is under another key`,
    cause,
  });
}

/** The head of a hash chain that has no chunk yet. */
export async function firstHead(recordingId: string): Promise<Uint8Array<ArrayBuffer>> {
  return sha256(new TextEncoder().encode(`sallyport recording\0${recordingId}`));
}

/** The head with one more chunk: SHA-256 of the head before and the encrypted chunk. */
export async function nextHead(head: Uint8Array, chunk: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const link = new Uint8Array(HASH_BYTES + chunk.length);
  link.set(head);
  link.set(chunk, HASH_BYTES);
  return sha256(link);
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}
