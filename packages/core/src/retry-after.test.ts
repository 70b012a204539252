import { describe, expect, it } from 'vitest';
import { readRetryAfter } from './retry-after.ts';

const at = new Date('2026-03-01T12:00:00Z');

describe('readRetryAfter', () => {
  it.each([
    ['30', 30_000],
    ['Sun, 01 Mar 2026 12:01:00 GMT', 60_000],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
    ['soon', undefined],
    [null, undefined],
  ])('reads %s', (header, milliseconds) => {
    expect(readRetryAfter(header, at)).toBe(milliseconds);
  });
});
