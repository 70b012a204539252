import { describe, expect, it } from 'vitest';
import { clockTime, distance, left, longDuration, shortDuration } from './time-words.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('durations', () => {
  for (const [ms, short, long] of [
    [0, '0 s', '0 seconds'],
    [41_000, '41 s', '41 seconds'],
    [30 * MINUTE, '30 min', '30 minutes'],
    [HOUR, '1 h', '1 hour'],
    [78 * MINUTE + 59_000, '1 h 18 min', '1 h 18 min'],
    [2 * HOUR, '2 h', '2 hours'],
    [72 * HOUR, '3 d', '3 days'],
    [26 * HOUR, '1 d 2 h', '1 d 2 h'],
    [24 * HOUR + MINUTE, '1 d', '1 day'],
  ] as const) {
    it(`say ${ms} ms as ${short} and ${long}`, () => {
      expect([shortDuration(ms), longDuration(ms)]).toEqual([short, long]);
    });
  }
});

describe('distance', () => {
  const now = new Date(2026, 7, 12, 14, 0);
  const at = (ms: number) => distance(new Date(now.getTime() + ms), now);
  it('looks back, ahead, and at the present', () => {
    expect([at(-4.9 * MINUTE), at(7.5 * HOUR), at(-59_000), at(30_000)]).toEqual(['4 min ago', 'in 7 h', 'now', 'now']);
  });
});

describe('clockTime', () => {
  const now = new Date(2026, 7, 12, 14, 0);
  it('gives as much of the date as is needed', () => {
    expect(clockTime(new Date(2026, 7, 12, 0, 5), now)).toBe('00:05');
    expect(clockTime(new Date(2026, 7, 9, 7, 14), now)).toBe('Sun 07:14');
    expect(clockTime(new Date(2026, 5, 12, 14, 22), now)).toBe('12 Jun 14:22');
    expect(clockTime(new Date(2025, 7, 12, 14, 22), now)).toBe('12 Aug 2025 14:22');
  });
});

describe('left', () => {
  const now = new Date(2026, 7, 12, 14, 0);
  it('rounds down, and never below nothing', () => {
    expect(left(new Date(now.getTime() + 6.9 * MINUTE), now)).toBe('6 min');
    expect(left(new Date(now.getTime() + 54_900), now)).toBe('54 s');
    expect(left(new Date(now.getTime() - HOUR), now)).toBe('0 s');
  });
});
