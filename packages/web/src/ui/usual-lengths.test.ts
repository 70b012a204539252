import { describe, expect, it } from 'vitest';
import { snapDuration, usualUpTo } from './usual-lengths.ts';

const MINUTE = 60_000;
const minutes = (list: readonly number[]) => list.map((ms) => ms / MINUTE);

describe('usualUpTo', () => {
  it('ends with the limit itself, after at most four usual lengths', () => {
    expect(minutes(usualUpTo(8 * 60 * MINUTE))).toEqual([30, 60, 120, 240, 480]);
    expect(minutes(usualUpTo(60 * MINUTE))).toEqual([15, 30, 60]);
    expect(minutes(usualUpTo(7 * MINUTE))).toEqual([7]);
  });
});

describe('snapDuration', () => {
  it('takes a usual length that is near, else steps of five minutes within the limit', () => {
    const max = 120 * MINUTE;
    expect(snapDuration(28 * MINUTE, max)).toBe(30 * MINUTE);
    expect(snapDuration(42 * MINUTE, max)).toBe(40 * MINUTE);
    expect(snapDuration(-3 * MINUTE, max)).toBe(5 * MINUTE);
    expect(snapDuration(999 * MINUTE, max)).toBe(max);
  });
});
