import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type BlobStore, chunkKeyOf } from './blob-store.ts';
import { createMemoryBlobStore } from './blob-stores/memory.ts';
import { firstHead, importChunkKey, nextHead, openChunk, sealChunk } from './chunk.ts';
import { verifyRecording } from './verify.ts';

const newKey = () => importChunkKey(randomBytes(32));
const refusal = expect.objectContaining({ code: 'ERR_RECORDING_CHUNK' });

describe('a chunk', () => {
  const place = { recordingId: 'rec_a', number: 3 };
  const text = new TextEncoder().encode('secret output '.repeat(1_000));

  it('opens to what was sealed, deflated where that pays', async () => {
    const key = newKey();
    const noise = new Uint8Array(randomBytes(1_000));
    for (const [stored, compress, isSmaller] of [
      [text, true, true],
      [text, false, false],
      [noise, true, false],
    ] as const) {
      const chunk = await sealChunk(key, place, stored, compress);
      expect(chunk.length < stored.length).toBe(isSmaller);
      expect(Buffer.from(chunk).includes('secret output')).toBe(false);
      expect(Buffer.from(await openChunk(key, place, chunk)).equals(stored)).toBe(true);
    }
  });

  it('SEC-G02 does not open under the key of another recording, in another place, or with a byte changed', async () => {
    const key = newKey();
    const chunk = await sealChunk(key, place, text, true);
    await expect(openChunk(newKey(), place, chunk)).rejects.toEqual(refusal);
    await expect(openChunk(key, { ...place, number: 4 }, chunk)).rejects.toEqual(refusal);
    await expect(openChunk(key, { ...place, recordingId: 'rec_b' }, chunk)).rejects.toEqual(refusal);
    for (const at of [0, 1, 2, chunk.length - 1]) {
      const altered = chunk.slice();
      altered[at] = (altered[at] as number) ^ 1;
      await expect(openChunk(key, place, altered)).rejects.toEqual(refusal);
    }
    await expect(openChunk(key, place, chunk.slice(0, 10))).rejects.toEqual(refusal);
  });
});

describe('checking a recording against the head in the audit log', () => {
  async function record(recordingId = 'rec_a') {
    const key = newKey();
    const blobs = createMemoryBlobStore();
    let head = firstHead(recordingId);
    for (let number = 0; number < 4; number++) {
      const chunk = await sealChunk(key, { recordingId, number }, Uint8Array.of(number), false);
      head = nextHead(head, chunk);
      await blobs.put(chunkKeyOf(recordingId, number), chunk);
    }
    return { key, blobs, claim: { recordingId, chunkCount: 4, headSha256: Buffer.from(head).toString('hex') } };
  }
  const chunkAt = async (blobs: BlobStore, number: number) =>
    (await blobs.get(chunkKeyOf('rec_a', number))) as Uint8Array;

  it('finds nothing in one that is whole', async () => {
    const { key, blobs, claim } = await record();
    expect(await verifyRecording(blobs, claim, key)).toEqual({ holds: true });
    expect(await verifyRecording(blobs, claim)).toEqual({ holds: true });
  });

  it('SEC-G02 names the first chunk that is missing, in the middle or cut off at the end', async () => {
    for (const number of [1, 3]) {
      const { blobs, claim } = await record();
      await blobs.delete(chunkKeyOf('rec_a', number));
      expect(await verifyRecording(blobs, claim)).toEqual({ holds: false, problem: 'missing', chunk: number });
    }
  });

  it('SEC-G02 finds chunks that were exchanged, with and without the key', async () => {
    const { key, blobs, claim } = await record();
    const [first, second] = [await chunkAt(blobs, 1), await chunkAt(blobs, 2)];
    await blobs.put(chunkKeyOf('rec_a', 1), second);
    await blobs.put(chunkKeyOf('rec_a', 2), first);
    expect(await verifyRecording(blobs, claim, key)).toEqual({ holds: false, problem: 'altered', chunk: 1 });
    expect(await verifyRecording(blobs, claim)).toMatchObject({ holds: false, problem: 'head' });
  });

  it('SEC-G02 finds a chunk that was sealed anew with the stolen key, and a recording in place of another', async () => {
    const { key, blobs, claim } = await record();
    await blobs.put(
      chunkKeyOf('rec_a', 2),
      await sealChunk(key, { recordingId: 'rec_a', number: 2 }, Uint8Array.of(9), false),
    );
    expect(await verifyRecording(blobs, claim, key)).toMatchObject({ holds: false, problem: 'head' });
    const { blobs: others } = await record();
    expect(await verifyRecording(others, claim)).toMatchObject({ holds: false, problem: 'head' });
  });
});
