import { describe, expect, it } from 'vitest';
import { formatUnifiedDiff } from './unified-diff.ts';

const diff = (before: string, after: string) =>
  formatUnifiedDiff({ before, after, beforeName: 'before', afterName: 'after' });

/** Puts a diff into a text, strictly: every line must stand where its hunk says. */
function patched(before: string, patch: string): string {
  const old = before.split('\n').slice(0, -1);
  const made: string[] = [];
  let at = 0;
  for (const line of patch.split('\n').slice(2, -1)) {
    const [, start = '', count] = /^@@ -(\d+),(\d+) /.exec(line) ?? [];
    if (start !== '') {
      const from = Number(start) - (count === '0' ? 0 : 1);
      made.push(...old.slice(at, from));
      at = from;
    } else if (line.startsWith('+')) made.push(line.slice(1));
    else {
      expect(old[at]).toBe(line.slice(1));
      if (line.startsWith(' ')) made.push(line.slice(1));
      at += 1;
    }
  }
  return [...made, ...old.slice(at), ''].join('\n');
}

describe('formatUnifiedDiff', () => {
  it('is empty for texts that are alike', () => {
    expect(diff('a\nb\n', 'a\nb\n')).toBe('');
    expect(diff('', '')).toBe('');
  });

  it('shows changes with three lines around them, as diff -u does', () => {
    const before = Array.from({ length: 20 }, (_, n) => `line ${n}\n`).join('');
    const after = before.replace('line 4\n', 'changed\n').replace('line 17\n', '');
    expect(diff(before, after)).toBe(
      [
        '--- before',
        '+++ after',
        '@@ -2,7 +2,7 @@',
        ' line 1',
        ' line 2',
        ' line 3',
        '-line 4',
        '+changed',
        ' line 5',
        ' line 6',
        ' line 7',
        '@@ -15,6 +15,5 @@',
        ' line 14',
        ' line 15',
        ' line 16',
        '-line 17',
        ' line 18',
        ' line 19',
        '',
      ].join('\n'),
    );
  });

  it('shows a text that comes or goes whole', () => {
    expect(diff('', 'a\nb\n')).toBe('--- before\n+++ after\n@@ -0,0 +1,2 @@\n+a\n+b\n');
    expect(diff('a\n', '')).toBe('--- before\n+++ after\n@@ -1,1 +0,0 @@\n-a\n');
  });

  it('can be patched in, whatever the texts', () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    const text = () => Array.from({ length: 5 + random(30) }, () => `line ${random(6)}\n`).join('');
    for (let round = 0; round < 30; round++) {
      const [before, after] = [text(), text()];
      if (before !== after) expect(patched(before, diff(before, after))).toBe(after);
    }
  });

  it('stays quick for texts that have nothing in common', () => {
    const many = (word: string) => Array.from({ length: 20_000 }, (_, n) => `${word} ${n}\n`).join('');
    const lines = diff(many('a'), many('b')).split('\n');
    expect(lines.filter((line) => line.startsWith('-a'))).toHaveLength(20_000);
    expect(lines.filter((line) => line.startsWith('+b'))).toHaveLength(20_000);
  });
});
