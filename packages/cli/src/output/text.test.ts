import { describe, expect, it } from 'vitest';
import { formatCard } from './card.ts';
import { commandLine } from './command-line.ts';
import { shorten, wrapText } from './text.ts';

describe('text of others', () => {
  it('is wrapped at words, cut where a word is longer than a line, its own lines kept', () => {
    expect(wrapText('one two three\nfour', 8)).toEqual(['one two', 'three', 'four']);
    expect(wrapText('a bbbbbbbbbbbb c', 5)).toEqual(['a', 'bbbbb', 'bbbbb', 'bb c']);
    expect(wrapText('', 5)).toEqual(['']);
    expect(wrapText('日本語の文', 2)).toEqual(['日本', '語の', '文']);
  });

  it('SEC-E08 loses what a terminal acts on before it is wrapped', () => {
    expect(wrapText('a\u001b[2Jb\rc', 100)).toEqual(['a\\u001b[2Jb\\u000dc']);
    expect(formatCard([['1. \u0007lead', '\u202ereversed']])).toBe('  1. \\u0007lead  \\u202ereversed\n');
    expect(formatCard(['Role \u001b[31mred'])).toBe('Role \\u001b[31mred\n');
  });

  it('is one line of bounded length in a cell', () => {
    expect(shorten(' two\n  lines ', 20)).toBe('two lines');
    expect(shorten('abcdef', 4)).toBe('abc…');
    expect(shorten('𝒶𝒷𝒸𝒹', 3)).toBe('𝒶𝒷…');
    expect(shorten('x'.repeat(1_000_000), 60)).toHaveLength(60);
  });
});

describe('cards', () => {
  it('align labels under each heading, and leave out what there is not', () => {
    const card = formatCard(['Thing', ['A', 'x'], ['Longer', 'y'], ['None', undefined], '', 'Other', ['B', 'z']]);
    expect(card).toBe('Thing\n  A       x\n  Longer  y\n\nOther\n  B  z\n');
  });

  it('wrap beside the label', () => {
    const lines = formatCard([['Why', 'word '.repeat(40)]]).split('\n');
    expect(lines[0]).toMatch(/^ {2}Why {2}word/);
    expect(lines[1]).toMatch(/^ {7}word/);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  });
});

describe('command lines', () => {
  it('can be copied into a shell, with the profile that was meant', () => {
    expect(commandLine(['access', 'show', 'req_1'])).toBe('sallyport access show req_1');
    expect(commandLine(['x'], { profile: 'a b', server: undefined })).toBe("sallyport x --profile 'a b'");
    expect(commandLine(['x'], { server: "h';rm -rf ~" })).toBe("sallyport x --server 'h'\\'';rm -rf ~'");
  });
});
