/**
 * Where chunks of recordings lie. Keys consist of `a-z`, `0-9`, `_`, `-` and `/`. A store need not encrypt: it never sees
 * anything but ciphertext.
 */
export interface BlobStore {
  /** Name in records of what lies where; never changes. */
  readonly name: string;
  /**
   * Resolves once the bytes are kept. A key that is there already is replaced as a whole. Once it has settled, the bytes are read no
   * more: their memory is used for others.
   */
  put(key: string, bytes: Uint8Array, options?: BlobOptions): Promise<void>;
  /** `undefined` when there is nothing under the key. */
  get(key: string, options?: BlobOptions): Promise<Uint8Array | undefined>;
  /** All keys that begin with `prefix`, in the order of their bytes. */
  list(prefix: string, options?: BlobOptions): AsyncIterable<string>;
  /** Resolves also when there was nothing under the key. */
  delete(key: string, options?: BlobOptions): Promise<void>;
  /**
   * Deletes what calls of `put` that were cut off before an instant left behind, and counts it. Absent where nothing is ever left.
   */
  deleteUnfinished?(before: Date, options?: BlobOptions): Promise<number>;
}

/** Options of every call. */
export interface BlobOptions {
  /** Gives the call up. */
  readonly signal?: AbortSignal;
}

/** The key of a chunk of a recording. */
export function chunkKeyOf(recordingId: string, number: number): string {
  return `${chunkPrefixOf(recordingId)}${String(number).padStart(8, '0')}`;
}

/** What the keys of all chunks of a recording begin with. */
export function chunkPrefixOf(recordingId: string): string {
  return `recordings/${recordingId}/`;
}
