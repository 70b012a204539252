import { describe, expect, it } from 'vitest';
import { showWord } from './describe.ts';

describe('showWord', () => {
  it('leaves what is harmless, and quotes the rest', () => {
    expect(showWord('web-0.shop@acme:v1/*')).toBe('web-0.shop@acme:v1/*');
    expect(showWord('a b')).toBe('"a b"');
    expect(showWord('')).toBe('""');
    expect(showWord('søren')).toBe('"søren"');
  });

  it('SEC-E08 shows what moves a cursor, ends a line or turns text around as escapes', () => {
    expect(showWord('a\u001b[2J')).toBe('"a\\u001b[2J"');
    expect(showWord('a\r\nb')).toBe('"a\\r\\nb"');
    expect(showWord('a\u009b1m\u202eb\u200b\u2028')).toBe('"a\\u{9b}1m\\u{202e}b\\u{200b}\\u{2028}"');
    expect(showWord('\u{e0041}')).toBe('"\\u{e0041}"');
  });

  it('shows 128 characters at the most', () => {
    expect(showWord('x'.repeat(1_000))).toBe(`"${'x'.repeat(128)}…"`);
  });
});
