import assert from 'node:assert/strict';
import type { BlobStore } from '../recording/blob-store.ts';

/** One thing that every blob store must do. Free of any test runner: `run` rejects when it does not hold. */
export interface BlobStoreConformanceCase {
  readonly name: string;
  /** `setup` makes an empty store. */
  run(setup: () => Promise<BlobStore>): Promise<void>;
}

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte);

async function keysOf(store: BlobStore, prefix: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  return keys;
}

function assertBytes(actual: Uint8Array | undefined, expected: Uint8Array): void {
  assert.ok(actual !== undefined && Buffer.from(actual).equals(expected));
}

/** What recordings rely on. */
export const blobStoreConformance: readonly BlobStoreConformanceCase[] = [
  {
    name: 'gives back every byte of what was put, also of nothing',
    run: async (setup) => {
      const store = await setup();
      const large = new Uint8Array(300_000).fill(7);
      for (const [key, bytes] of [
        ['recordings/rec_a/00000000', EVERY_BYTE],
        ['recordings/rec_a/00000001', new Uint8Array(0)],
        ['recordings/rec_a/00000002', large],
      ] as const) {
        await store.put(key, bytes);
        assertBytes(await store.get(key), bytes);
      }
    },
  },
  {
    name: 'has nothing under keys that nothing was put under',
    run: async (setup) => {
      const store = await setup();
      await store.put('recordings/rec_a/00000000', EVERY_BYTE);
      for (const key of ['recordings/rec_b/00000000', 'recordings/rec_a/00000001', 'recordings/rec_a']) {
        assert.equal(await store.get(key), undefined);
      }
    },
  },
  {
    name: 'replaces what was under the key as a whole',
    run: async (setup) => {
      const store = await setup();
      await store.put('a/0', EVERY_BYTE);
      await store.put('a/0', Uint8Array.of(1));
      assertBytes(await store.get('a/0'), Uint8Array.of(1));
      assert.deepEqual(await keysOf(store, ''), ['a/0']);
    },
  },
  {
    name: 'lists keys by prefix, in their order, and no others',
    run: async (setup) => {
      const store = await setup();
      const keys = ['a/0', 'a/00000009', 'a/00000010', 'a0', 'ab/0', 'b'];
      for (const key of [...keys].reverse()) await store.put(key, EVERY_BYTE);
      assert.deepEqual(await keysOf(store, ''), keys);
      assert.deepEqual(await keysOf(store, 'a/'), ['a/0', 'a/00000009', 'a/00000010']);
      assert.deepEqual(await keysOf(store, 'a/0000000'), ['a/00000009']);
      assert.deepEqual(await keysOf(store, 'c'), []);
    },
  },
  {
    name: 'deletes what is there, and does not mind what is not',
    run: async (setup) => {
      const store = await setup();
      await store.put('a/0', EVERY_BYTE);
      await store.put('a/1', EVERY_BYTE);
      await store.delete('a/0');
      await store.delete('a/0');
      assert.equal(await store.get('a/0'), undefined);
      assert.deepEqual(await keysOf(store, 'a/'), ['a/1']);
    },
  },
  {
    name: 'takes puts side by side',
    run: async (setup) => {
      const store = await setup();
      const keys = Array.from({ length: 20 }, (_, i) => `side/${String(i).padStart(2, '0')}`);
      await Promise.all(keys.map((key, i) => store.put(key, Uint8Array.of(i))));
      assert.deepEqual(await keysOf(store, 'side/'), keys);
      for (const [i, key] of keys.entries()) assertBytes(await store.get(key), Uint8Array.of(i));
    },
  },
];
