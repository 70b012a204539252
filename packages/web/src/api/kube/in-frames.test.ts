import { describe, expect, it } from 'vitest';
import { inFrames } from './in-frames.ts';

async function* burst(count: number, failure?: Error): AsyncIterable<number> {
  for (let item = 0; item < count; item += 1) yield item;
  if (failure !== undefined) throw failure;
}
const soon = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('inFrames', () => {
  it('hands a burst on at once, in its order', async () => {
    const batches: (readonly number[])[] = [];
    for await (const batch of inFrames(burst(500), soon)) batches.push(batch);
    expect(batches.flat()).toEqual(Array.from({ length: 500 }, (_, index) => index));
    expect(batches.length).toBeLessThan(5);
  });

  it('hands on what came before the source failed, and fails then', async () => {
    const seen: number[] = [];
    const read = async () => {
      for await (const batch of inFrames(burst(3, new Error('cut')), soon)) seen.push(...batch);
    };
    await expect(read()).rejects.toThrow('cut');
    expect(seen).toEqual([0, 1, 2]);
  });

  it('ends the source when nobody reads on', async () => {
    let isEnded = false;
    async function* endless(): AsyncIterable<number> {
      try {
        for (let item = 0; ; item += 1) {
          yield item;
          await soon();
        }
      } finally {
        isEnded = true;
      }
    }
    for await (const _ of inFrames(endless(), soon)) break;
    await soon();
    await soon();
    expect(isEnded).toBe(true);
  });
});
