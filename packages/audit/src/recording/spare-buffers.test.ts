import { describe, expect, it } from 'vitest';
import { createSpareBuffers } from './spare-buffers.ts';

describe('spare buffers', () => {
  it('are given out again once they were given back, also by a part of them', () => {
    const buffers = createSpareBuffers({ bytes: 1_000, most: 2 });
    const first = buffers.take(900);
    expect(first).toHaveLength(1_000);
    const second = buffers.take(900);
    expect(second.buffer).not.toBe(first.buffer);
    buffers.give(first.subarray(100, 200));
    const third = buffers.take(501);
    expect(third.buffer).toBe(first.buffer);
    expect(third).toHaveLength(1_000);
  });

  it('are for what is about as large: little has memory of its own, and so has what is larger', () => {
    const buffers = createSpareBuffers({ bytes: 1_000, most: 2 });
    for (const size of [0, 10, 500, 1_001]) {
      const own = buffers.take(size);
      expect(own).toHaveLength(size);
      buffers.give(own);
      expect(buffers.take(900).buffer).not.toBe(own.buffer);
    }
  });

  it('are kept up to their number', () => {
    const buffers = createSpareBuffers({ bytes: 1_000, most: 2 });
    const taken = [1, 2, 3].map(() => buffers.take(1_000));
    for (const each of taken) buffers.give(each);
    const again = new Set([1, 2, 3].map(() => buffers.take(1_000).buffer));
    expect(taken.filter(({ buffer }) => again.has(buffer))).toHaveLength(2);
  });
});
