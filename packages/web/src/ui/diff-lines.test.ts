import { describe, expect, it } from 'vitest';
import { diffLines } from './diff-lines.ts';

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`);
const applied = (before: string, after: string, kinds: readonly string[]) =>
  diffLines(before, after)
    .flatMap((line) => (line.kind !== 'fold' && kinds.includes(line.kind) ? [line.text] : []))
    .join('\n');

describe('diffLines', () => {
  it('tells what was added and removed', () => {
    expect(diffLines('a\nb\nc\n', 'a\nx\nc\nd\n')).toEqual([
      { kind: 'same', text: 'a' },
      { kind: 'removed', text: 'b' },
      { kind: 'added', text: 'x' },
      { kind: 'same', text: 'c' },
      { kind: 'added', text: 'd' },
    ]);
  });

  it('folds what did not change, but for three lines around each change', () => {
    const before = numbered(30);
    const after = before.with(15, 'other');
    const lines = diffLines(before.join('\n'), after.join('\n'));
    expect(lines[0]).toEqual({ kind: 'fold', count: 12 });
    expect(lines.at(-1)).toEqual({ kind: 'fold', count: 11 });
    expect(lines).toHaveLength(10);
  });

  it('folds the whole of two texts alike', () => {
    const text = numbered(5).join('\n');
    expect(diffLines(text, text)).toEqual([{ kind: 'fold', count: 5 }]);
    expect(diffLines('', '')).toEqual([]);
  });

  it('yields both texts again, also where they are too long for the fine comparison', () => {
    for (const count of [40, 2_500]) {
      const before = numbered(count).map((line) => `${line}a`);
      const after = numbered(count).map((line) => `${line}b`);
      expect(applied(before.join('\n'), after.join('\n'), ['same', 'removed'])).toBe(before.join('\n'));
      expect(applied(before.join('\n'), after.join('\n'), ['same', 'added'])).toBe(after.join('\n'));
    }
  });
});
