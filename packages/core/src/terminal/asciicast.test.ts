import { describe, expect, it } from 'vitest';
import { castDamageOf, formatCastDamage, parseCastEvent } from './asciicast.ts';

describe('a line of asciicast', () => {
  for (const [line, want] of [
    ['[1.25, "o", "a\\r\\n"]', { atMs: 1_250, code: 'o', data: 'a\r\n' }],
    ['[0, "r", "80x24"]', { atMs: 0, code: 'r', data: '80x24' }],
    ['{"version":2,"width":80,"height":24}', undefined],
    ['[1, "x", "unknown"]', undefined],
    ['[-1, "o", "before it began"]', undefined],
    ['["1", "o", "a"]', undefined],
    ['[1, "o"]', undefined],
    ['[1, "o", "cut', undefined],
    ['', undefined],
  ] as const) {
    it(`is ${want === undefined ? 'no event' : `an event of kind ${want.code}`}: ${line}`, () => {
      expect(parseCastEvent(line)).toEqual(want);
    });
  }

  it('says what is missing where the server says so, and never because of what was printed', () => {
    const data = formatCastDamage('chunk 3 is missing');
    expect(castDamageOf({ atMs: 0, code: 'm', data })).toBe('chunk 3 is missing');
    expect(castDamageOf({ atMs: 0, code: 'o', data })).toBeUndefined();
    expect(castDamageOf({ atMs: 0, code: 'm', data: 'exit 0' })).toBeUndefined();
  });
});
