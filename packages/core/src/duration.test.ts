import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

describe('parseDuration', () => {
  const cases: [string, number][] = [
    ['0s', 0],
    ['500ms', 500],
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['7d', 604_800_000],
    ['1d1h1m1s1ms', 90_061_001],
  ];
  for (const [text, want] of cases) it(`reads ${text}`, () => expect(parseDuration(text)).toBe(want));

  for (const text of [
    '',
    '15',
    '-1s',
    '+1s',
    '1.5h',
    '1y',
    '1 m',
    ' 1m',
    '1m ',
    '1m\n',
    'PT1M',
    'm',
    '1M',
    '1e3s',
    '1m30',
    'Infinity',
    '99999999999999999d',
  ]) {
    it(`SEC-E18 refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: 'ERR_DURATION_MALFORMED' }));
    });
  }
});

describe('formatDuration', () => {
  it('writes the largest units first, and nothing below zero', () => {
    expect([0, 1, 61_000, 5_400_000, 604_800_000, -5].map(formatDuration)).toEqual([
      '0s',
      '1ms',
      '1m1s',
      '1h30m',
      '7d',
      '0s',
    ]);
  });

  it('writes what parseDuration reads back, for any duration', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 10 ** 13 }), (ms) => parseDuration(formatDuration(ms)) === ms));
  });
});
