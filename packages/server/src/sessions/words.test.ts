import { describe, expect, it } from 'vitest';
import { createWordReader, wordsOf } from './words.ts';

const TEXT = `ls -l  /etc\nTotal 12 — naïve Straße ﬁle 𝔘nicode e\u0301te\u0301 日本語 web-0_a 10.0.0.1 ${'x'.repeat(200)} end`;

describe('the words of a text', () => {
  it('are of one form and one case, and no longer than they count', () => {
    expect(wordsOf(TEXT)).toEqual(
      ['ls', 'l', 'etc', 'total', '12', 'naïve', 'straße', 'file', 'unicode', 'été', '日本語', 'web', '0_a']
        .concat(['10', '0', '0', '1'])
        .concat(['x'.repeat(64), 'end']),
    );
  });

  it('are the same wherever the text is cut', () => {
    for (let size = 1; size <= TEXT.length; size++) {
      const reader = createWordReader();
      const found: string[] = [];
      const characters = [...TEXT];
      for (let at = 0; at < characters.length; at += size) {
        found.push(...reader.write(characters.slice(at, at + size).join('')));
      }
      expect([...found, ...reader.end()]).toEqual(wordsOf(TEXT));
    }
  });
});
