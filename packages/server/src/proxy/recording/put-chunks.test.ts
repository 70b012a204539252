import { chunkKeyOf, createMemoryBlobStore } from '@sallyport/audit/recording';
import { createId } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { putChunks } from './put-chunks.ts';

const id = createId('sessionRecording');
const { signal } = new AbortController();
const aChunk = (number: number) => ({ number, sealed: new Uint8Array([number]) });

describe('putting chunks', () => {
  it('puts each under its own key', async () => {
    const blobs = createMemoryBlobStore();
    await putChunks(blobs, id, [aChunk(3), aChunk(4)], signal);
    for (const number of [3, 4]) expect(await blobs.get(chunkKeyOf(id, number))).toEqual(new Uint8Array([number]));
  });

  it('fails with what failed, and only when nothing of it goes on', async () => {
    const full = new Error('disk full');
    let finish = (): void => {};
    const slow = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let isOver = false;
    const put = putChunks(
      { put: (key) => (key === chunkKeyOf(id, 1) ? Promise.reject(full) : slow) },
      id,
      [aChunk(0), aChunk(1)],
      signal,
    ).finally(() => {
      isOver = true;
    });
    put.catch(() => {});
    await new Promise((done) => setImmediate(done));
    expect(isOver).toBe(false);
    finish();
    await expect(put).rejects.toBe(full);
  });
});
