import type { BlobStore } from '../blob-store.ts';

/** Creates a store that keeps blobs in memory, for tests and for embedders that keep nothing. */
export function createMemoryBlobStore(): BlobStore {
  const blobs = new Map<string, Uint8Array>();
  return {
    name: 'memory',
    put: async (key, bytes) => void blobs.set(key, new Uint8Array(bytes)),
    get: async (key) => blobs.get(key),
    async *list(prefix) {
      yield* [...blobs.keys()].filter((key) => key.startsWith(prefix)).sort();
    },
    delete: async (key) => void blobs.delete(key),
  };
}
